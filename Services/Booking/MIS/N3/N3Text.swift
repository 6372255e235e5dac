/// What XML 1.0 (2.2, "Char") forbids, dropped from an answer: a МИС that was fed with a control character writes it back as
/// `&#x1F;`, and every reader of XML refuses the whole answer for it (F-502).
enum N3Text {
    /// Encodings that are not ASCII where XML is written (UTF-16) are left as they are.
    static func cleaned(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= 2, !(bytes[0] == 0xFE && bytes[1] == 0xFF), !(bytes[0] == 0xFF && bytes[1] == 0xFE),
            bytes[0] != 0, bytes[1] != 0
        else { return bytes }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x20, byte != 0x09, byte != 0x0A, byte != 0x0D {
                index += 1
            } else if byte == UInt8(ascii: "&"), let (code, end) = self.reference(bytes, index), !self.isChar(code) {
                index = end
            } else {
                result.append(byte)
                index += 1
            }
        }
        return result
    }

    /// The number of a character reference that begins at `start`, and where it ends.
    private static func reference(_ bytes: [UInt8], _ start: Int) -> (code: UInt32, end: Int)? {
        guard start + 2 < bytes.count, bytes[start + 1] == UInt8(ascii: "#") else { return nil }
        let isHex = bytes[start + 2] == UInt8(ascii: "x")
        let first = start + (isHex ? 3 : 2)
        // The longest that names a character, with some zeros before it.
        guard let end = bytes[first...].prefix(16).firstIndex(of: UInt8(ascii: ";")), end > first,
            let code = UInt32(String(decoding: bytes[first..<end], as: UTF8.self), radix: isHex ? 16 : 10)
        else { return nil }
        return (code, end + 1)
    }

    private static func isChar(_ code: UInt32) -> Bool {
        switch code {
        case 0x09, 0x0A, 0x0D, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}
