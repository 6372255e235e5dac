import Foundation

/// Keeps a second `line122` out of a home. The kernel drops the lock when its holder dies, however it dies.
struct HomeLock: Sendable {
    private let file: FileHandle

    /// - Throws: `SuiteError` when another `line122` runs in this home.
    init(_ home: SuiteHome) throws {
        if !FileManager.default.fileExists(atPath: home.lock.path) {
            guard
                FileManager.default.createFile(
                    atPath: home.lock.path, contents: nil, attributes: [.posixPermissions: 0o600])
            else { throw SuiteError("Файл \(home.lock.path) не удалось создать: проверьте права на папку") }
        }
        // Foundation opens files close-on-exec, so that no child keeps the lock beyond our death.
        self.file = try FileHandle(forUpdating: home.lock)
        guard flock(self.file.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw SuiteError(
                "В папке \(home.folder.path) уже работает line122: остановите его (line122 down) или укажите другую --home"
            )
        }
    }
}
