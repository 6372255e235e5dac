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

    @Test func versionSevenHasItsTimeVersionAndVariant() throws {
        let before = UInt64(Date().timeIntervalSince1970 * 1000)
        let id = UUID.version7()
        let bytes = withUnsafeBytes(of: id.uuid) { Array($0) }
        let milliseconds = bytes[0..<6].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        #expect(milliseconds >= before && milliseconds < before + 60_000)
        #expect(bytes[6] >> 4 == 7)
        #expect(bytes[8] >> 6 == 2)
    }

    @Test func versionSevenGrowsFromCallToCallAlsoWithinAMillisecond() {
        let ids = (0..<20_000).map { _ in UUID.version7().uuidString }
        #expect(ids == ids.sorted())
        #expect(Set(ids).count == ids.count)
    }

    @Test func versionSevenIsUniqueFromManyTasks() async {
        let ids = await withTaskGroup(of: [UUID].self) { group in
            for _ in 0..<8 { group.addTask { (0..<2000).map { _ in UUID.version7() } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(ids).count == 16_000)
    }

    @Test func aClockSetBackAndAFullCounterKeepTheOrder() {
        var state = UUIDVersion7State()
        var last = state.next(milliseconds: 1_000_000, random: 0, start: 2047).uuidString
        for _ in 0..<5000 {
            let next = state.next(milliseconds: 999_000, random: 0, start: 0).uuidString
            #expect(next > last)
            last = next
        }
        #expect(state.next(milliseconds: 2_000_000, random: .max, start: 0).uuidString > last)
    }
}
