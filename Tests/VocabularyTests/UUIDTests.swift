import Foundation
import Testing

@testable import Vocabulary

struct UUIDTests {
    private static func namespace(_ text: String) throws -> UUID { try #require(UUID(uuidString: text)) }

    /// The examples of RFC 9562, appendix A.4, and of Python's `uuid.uuid5`.
    @Test(arguments: [
        ("www.example.com", "2ED6657D-E927-568B-95E1-2665A8AEA6A2"),
        ("python.org", "886313E1-3B8A-5372-9B90-0C9AEE199E5D"),
    ])
    func versionFiveIsTheKnownOne(name: String, expected: String) throws {
        let dns = try Self.namespace("6BA7B810-9DAD-11D1-80B4-00C04FD430C8")
        #expect(UUID(version5: dns, name: name).uuidString == expected)
    }

    @Test func versionFiveDependsOnNamespaceAndName() throws {
        let one = try Self.namespace("6BA7B810-9DAD-11D1-80B4-00C04FD430C8")
        let other = try Self.namespace("6BA7B811-9DAD-11D1-80B4-00C04FD430C8")
        #expect(UUID(version5: one, name: "звонок") == UUID(version5: one, name: "звонок"))
        #expect(UUID(version5: one, name: "звонок") != UUID(version5: other, name: "звонок"))
        #expect(UUID(version5: one, name: "") != UUID(version5: one, name: "а"))
    }
}
