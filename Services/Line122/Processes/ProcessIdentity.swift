import Foundation

/// A process beyond doubt: ids are used again, so the moment of its start and the boot of the machine belong to it.
struct ProcessIdentity: Codable, Sendable, Equatable {
    let pid: Int32
    /// Clock ticks since boot (field 22 of `/proc/PID/stat`, proc(5)).
    let startTime: UInt64
    let bootID: String

    /// The process that has this id now; nil when there is none or it is a zombie.
    init?(pid: Int32) {
        guard pid > 0, let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
        // The name in brackets may hold blanks and brackets itself: fields are counted from the last one.
        let text = String(decoding: data, as: UTF8.self)
        guard let bracket = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: bracket)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X", let start = UInt64(fields[19]) else { return nil }
        self.pid = pid
        self.startTime = start
        self.bootID = Self.bootID()
    }

    /// Ourselves.
    static func current() throws -> ProcessIdentity {
        guard let identity = ProcessIdentity(pid: getpid()) else {
            throw SuiteError("Не удалось прочитать /proc/self/stat: нужен Linux с доступной /proc")
        }
        return identity
    }

    var isAlive: Bool { ProcessIdentity(pid: self.pid) == self }

    /// Sends a signal to the process only.
    func signal(_ signal: Int32) {
        // Failing means that it is gone already, which is what every caller wants in the end.
        if self.isAlive { _ = kill(self.pid, signal) }
    }

    /// Sends a signal to the process and all of its group.
    func signalGroup(_ signal: Int32) {
        if self.isAlive { _ = kill(-self.pid, signal) }
    }

    /// Waits until the process is gone.
    /// - Returns: false when it still lives after `deadline`.
    func waitUntilGone(_ deadline: Duration) async -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + deadline
        // A process that is not our child announces its end to nobody: looking is all there is.
        while self.isAlive {
            guard clock.now < end else { return false }
            do { try await Task.sleep(for: .milliseconds(50)) } catch { return !self.isAlive }
        }
        return true
    }

    private static func bootID() -> String {
        FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id")
            .map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) } ?? ""
    }
}
