import Foundation

/// Where Debian's packages put the servers.
enum DebianPackages {
    /// The folder with PostgreSQL's programs.
    /// - Parameter version: the major version whose data is to be served; without it the newest installed.
    static func postgres(version: Int?) throws -> URL {
        let root = URL(fileURLWithPath: "/usr/lib/postgresql", isDirectory: true)
        let installed = ((try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []).compactMap { Int($0) }
            .filter { Self.isProgram(root.appendingPathComponent("\($0)/bin/postgres")) }
        if let version, !installed.contains(version) {
            throw SuiteError(
                "Данные созданы PostgreSQL \(version), он не установлен: apt-get install postgresql-\(version)")
        }
        guard let chosen = version ?? installed.max() else {
            throw SuiteError("PostgreSQL не установлен: выполните ops/install или apt-get install postgresql")
        }
        return root.appendingPathComponent("\(chosen)/bin", isDirectory: true)
    }

    /// RabbitMQ's own start script. The wrapper in `/usr/sbin` refuses ordinary users.
    static func rabbitmqServer() throws -> URL {
        try self.program(
            "/usr/lib/rabbitmq/bin/rabbitmq-server",
            "RabbitMQ не установлен: выполните ops/install или apt-get install rabbitmq-server")
    }

    /// The name service of Erlang's distribution.
    static func epmd() throws -> URL {
        try self.program("/usr/bin/epmd", "Нет программы /usr/bin/epmd: apt-get install erlang-base")
    }

    private static func program(_ path: String, _ missing: String) throws -> URL {
        let file = URL(fileURLWithPath: path)
        guard Self.isProgram(file) else { throw SuiteError(missing) }
        return file
    }

    private static func isProgram(_ file: URL) -> Bool { FileManager.default.isExecutableFile(atPath: file.path) }
}
