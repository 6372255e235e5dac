import Foundation
import Messaging
import Testing

/// RFC 9562, version 7.
@Suite struct MessageIDTests {
    @Test func anIDHasItsTimeVersionAndVariant() throws {
        let before = UInt64(Date().timeIntervalSince1970 * 1000)
        let id = MessageID.next()
        let bytes = withUnsafeBytes(of: id.uuid) { Array($0) }
        let milliseconds = bytes[0..<6].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        #expect(milliseconds >= before && milliseconds < UInt64(Date().timeIntervalSince1970 * 1000) + 5000)
        #expect(bytes[6] >> 4 == 7)
        #expect(bytes[8] >> 6 == 2)
    }

    @Test func anIDGrowsFromCallToCallAlsoWithinAMillisecond() {
        let ids = (0..<20_000).map { _ in MessageID.next().uuidString }
        #expect(ids == ids.sorted())
        #expect(Set(ids).count == ids.count)
    }

    @Test func anIDIsUniqueFromManyTasks() async {
        let ids = await withTaskGroup(of: [UUID].self) { group in
            for _ in 0..<8 { group.addTask { (0..<2000).map { _ in MessageID.next() } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(ids).count == 16_000)
    }
}
