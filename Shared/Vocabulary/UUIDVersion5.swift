internal import Crypto
public import Foundation

extension UUID {
    /// The same identifier for the same namespace and name, everywhere and always (RFC 9562, version 5).
    public init(version5 namespace: UUID, name: String) {
        // SHA-1 because version 5 is made of it: a name is hashed here, never a secret.
        var hash = Insecure.SHA1()
        hash.update(data: withUnsafeBytes(of: namespace.uuid) { Array($0) })
        hash.update(data: Array(name.utf8))
        let bytes = Array(hash.finalize())
        func word(_ start: Int) -> UInt64 { bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(
            high: word(0) & 0xFFFF_FFFF_FFFF_0FFF | 0x5000,
            low: word(8) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    }
}

extension UUID {
    init(high: UInt64, low: UInt64) {
        func byte(_ word: UInt64, _ index: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: word >> (56 - 8 * index)) }
        self.init(
            uuid: (
                byte(high, 0), byte(high, 1), byte(high, 2), byte(high, 3), byte(high, 4), byte(high, 5), byte(high, 6),
                byte(high, 7), byte(low, 0), byte(low, 1), byte(low, 2), byte(low, 3), byte(low, 4), byte(low, 5),
                byte(low, 6), byte(low, 7)
            ))
    }
}
