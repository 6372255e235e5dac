public import Foundation

/// The migrations of one component: files `NNNN_name.sql` in one folder, applied in the order of their numbers.
public struct MigrationSet: Sendable {
    public let component: String
    public let directory: URL

    /// - Parameter component: names the set in `schema_migration`; never changes once something is applied.
    public init(component: String, directory: URL) {
        self.component = component
        self.directory = directory
    }

    /// Reads the folder.
    /// - Throws: `PostgresError` of kind `.migration` for a file with another name, a number twice, or no folder.
    func load() throws -> [Migration] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: self.directory.path)
        } catch {
            throw PostgresError(.migration, "the migrations of \(self.component) cannot be read")
        }
        var migrations: [Migration] = []
        for file in names.sorted() where !file.hasPrefix(".") {
            let stem = file.dropLast(4)
            let digits = stem.prefix { $0.isASCII && $0.isNumber }
            let rest = stem.dropFirst(digits.count)
            guard file.hasSuffix(".sql"), digits.count == 4, rest.first == "_", rest.count > 1,
                let version = Int32(digits)
            else {
                throw PostgresError(
                    .migration, "migration \(self.component)/\(file) must be named like 0001_create_table.sql")
            }
            if let twin = migrations.first(where: { $0.version == version }) {
                throw PostgresError(
                    .migration, "migrations \(self.component)/\(twin.file) and \(file) have the same number")
            }
            guard let data = FileManager.default.contents(atPath: self.directory.appendingPathComponent(file).path)
            else { throw PostgresError(.migration, "migration \(self.component)/\(file) cannot be read") }
            migrations.append(
                Migration(component: self.component, version: version, name: String(rest.dropFirst()), data: data))
        }
        return migrations
    }
}
