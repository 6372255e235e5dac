internal import Crypto
import Foundation

/// One migration file.
struct Migration: Sendable {
    let component: String
    let version: Int32
    let name: String
    let sql: String
    /// Runs without a transaction, step by step: for `CREATE INDEX CONCURRENTLY` and what else forbids one.
    let isWithoutTransaction: Bool
    /// SHA-256 of the file, hexadecimal.
    let checksum: String

    init(component: String, version: Int32, name: String, data: Data) {
        self.component = component
        self.version = version
        self.name = name
        self.sql = String(decoding: data, as: UTF8.self)
        self.isWithoutTransaction = Self.lines(self.sql).first == "-- migrate: no transaction"
        self.checksum = SHA256.hash(data: data).map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }

    /// The statements of a migration without a transaction, between lines `-- migrate: next`. Each is sent by itself, because
    /// PostgreSQL makes one transaction of several that come together.
    var steps: [String] {
        Self.lines(self.sql).split(separator: "-- migrate: next").map { $0.joined(separator: "\n") }
    }

    private static func lines(_ sql: String) -> [Substring] {
        sql.split(separator: "\n", omittingEmptySubsequences: false)
    }

    var file: String {
        let number = String(self.version)
        return String(repeating: "0", count: max(0, 4 - number.count)) + number + "_\(self.name).sql"
    }
}
