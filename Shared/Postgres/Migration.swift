internal import Crypto
import Foundation

/// One migration file.
struct Migration: Sendable {
    let component: String
    let version: Int32
    let name: String
    let sql: String
    /// SHA-256 of the file, hexadecimal.
    let checksum: String

    init(component: String, version: Int32, name: String, data: Data) {
        self.component = component
        self.version = version
        self.name = name
        self.sql = String(decoding: data, as: UTF8.self)
        self.checksum = SHA256.hash(data: data).map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }

    var file: String {
        let number = String(self.version)
        return String(repeating: "0", count: max(0, 4 - number.count)) + number + "_\(self.name).sql"
    }
}
