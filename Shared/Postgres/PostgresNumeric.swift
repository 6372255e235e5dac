/// A `numeric` column as the decimal text that the server prints.
struct PostgresNumeric: CustomStringConvertible {
    let description: String

    /// numeric_send (src/backend/utils/adt/numeric.c): count of base-10000 digits, weight of the first, sign,
    /// display scale, digits.
    init(from cell: PostgresCell) throws {
        let bytes = try cell.value(for: String.self)
        guard bytes.count >= 8, bytes.count.isMultiple(of: 2) else { throw cell.mismatch(String.self) }
        let words = (0..<bytes.count / 2).map {
            UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self))
        }
        let weight = Int(Int16(bitPattern: words[1]))
        let scale = Int(words[3])
        let digits = words.dropFirst(4).map(Int.init)
        guard digits.count == Int(words[0]) else { throw cell.mismatch(String.self) }
        switch words[2] {
        case 0x0000, 0x4000: break
        case 0xC000:
            self.description = "NaN"
            return
        case 0xD000:
            self.description = "Infinity"
            return
        case 0xF000:
            self.description = "-Infinity"
            return
        default: throw cell.mismatch(String.self)
        }
        func group(_ position: Int) -> String {
            let digit = digits.indices.contains(position) ? digits[position] : 0
            let text = String(digit)
            return String(repeating: "0", count: 4 - text.count) + text
        }
        var whole = weight < 0 ? "" : (0...weight).map(group).joined()
        whole = String(whole.drop { $0 == "0" })
        var text = (words[2] == 0x4000 ? "-" : "") + (whole.isEmpty ? "0" : whole)
        if scale > 0 {
            let groups = (scale + 3) / 4
            let fraction = (weight + 1..<weight + 1 + groups).map(group).joined()
            text += "." + fraction.prefix(scale)
        }
        self.description = text
    }
}
