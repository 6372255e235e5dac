import Contracts
import Foundation
import Testing

/// The page has no other way to what the services refuse than a file; this keeps it true.
@Suite struct LimitsFileTests {
    private static let assets = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Services/OperatorDesk/Assets")

    /// The object literal after `export const NAME =`, by name and value as they are written.
    private static func object(_ name: String) throws -> [String: String] {
        let text = try String(contentsOf: self.assets.appendingPathComponent("limits.js"), encoding: .utf8)
        let start = try #require(text.range(of: "export const \(name) = {"))
        let body = try #require(text[start.upperBound...].split(separator: "}", maxSplits: 1).first)
        let members = body.split(separator: ",").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
        return Dictionary(
            try members.filter { !$0.isEmpty }.map { member in
                let parts = member.split(separator: ":", maxSplits: 1)
                return (
                    String(try #require(parts.first)),
                    try #require(parts.last).trimmingCharacters(in: CharacterSet(charactersIn: " \""))
                )
            }, uniquingKeysWith: { "\($0), \($1)" })
    }

    @Test("E-408 U-09 The page's limits and titles are those of the contracts")
    func same() throws {
        #expect(
            try Self.object("limits")
                == Dictionary(uniqueKeysWithValues: AppealLimits.all.map { ($0.0, "\($0.1)") }))
        #expect(
            try Self.object("fieldTitles")
                == Dictionary(uniqueKeysWithValues: AppealField.allCases.map { ($0.rawValue, $0.title) }))
    }
}
