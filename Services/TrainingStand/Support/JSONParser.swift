/// Reads one JSON text (RFC 8259). Depth is limited to 64, so that a hostile body cannot exhaust the stack.
struct JSONParser {
    struct Malformed: Error, CustomStringConvertible {
        let offset: Int
        var description: String { "malformed JSON at byte \(self.offset)" }
    }

    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    static func parse(_ bytes: [UInt8]) throws -> JSONValue {
        var parser = JSONParser(bytes)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.malformed }
        return value
    }

    private var malformed: Malformed { Malformed(offset: self.position) }
    private var next: UInt8? { self.position < self.bytes.count ? self.bytes[self.position] : nil }

    private mutating func skipSpace() {
        while let byte = self.next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            self.position += 1
        }
    }

    private mutating func expect(_ text: StaticString, _ value: JSONValue) throws -> JSONValue {
        for byte in text.description.utf8 {
            guard self.next == byte else { throw self.malformed }
            self.position += 1
        }
        return value
    }

    private mutating func value(depth: Int) throws -> JSONValue {
        guard depth < 64 else { throw self.malformed }
        self.skipSpace()
        switch self.next {
        case UInt8(ascii: "{"): return try self.object(depth: depth)
        case UInt8(ascii: "["): return try self.list(depth: depth)
        case UInt8(ascii: "\""): return .string(try self.text())
        case UInt8(ascii: "t"): return try self.expect("true", .bool(true))
        case UInt8(ascii: "f"): return try self.expect("false", .bool(false))
        case UInt8(ascii: "n"): return try self.expect("null", .null)
        default: return try self.number()
        }
    }

    private mutating func object(depth: Int) throws -> JSONValue {
        self.position += 1
        var members: [JSONValue.Member] = []
        self.skipSpace()
        if self.next == UInt8(ascii: "}") {
            self.position += 1
            return .object(members)
        }
        while true {
            self.skipSpace()
            guard self.next == UInt8(ascii: "\"") else { throw self.malformed }
            let key = try self.text()
            self.skipSpace()
            guard self.next == UInt8(ascii: ":") else { throw self.malformed }
            self.position += 1
            members.append(.init(key: key, value: try self.value(depth: depth + 1)))
            guard try self.continues(until: UInt8(ascii: "}")) else { return .object(members) }
        }
    }

    private mutating func list(depth: Int) throws -> JSONValue {
        self.position += 1
        var values: [JSONValue] = []
        self.skipSpace()
        if self.next == UInt8(ascii: "]") {
            self.position += 1
            return .array(values)
        }
        while true {
            values.append(try self.value(depth: depth + 1))
            guard try self.continues(until: UInt8(ascii: "]")) else { return .array(values) }
        }
    }

    private mutating func continues(until end: UInt8) throws -> Bool {
        self.skipSpace()
        guard let byte = self.next, byte == end || byte == UInt8(ascii: ",") else { throw self.malformed }
        self.position += 1
        return byte != end
    }

    private mutating func number() throws -> JSONValue {
        let start = self.position
        while let byte = self.next, "+-.eE0123456789".utf8.contains(byte) { self.position += 1 }
        let text = String(decoding: self.bytes[start..<self.position], as: UTF8.self)
        if let number = Int(text) { return .int(number) }
        guard let number = Double(text), !text.isEmpty else { throw self.malformed }
        return .double(number)
    }

    private mutating func text() throws -> String {
        self.position += 1
        var out: [UInt8] = []
        while let byte = self.next {
            self.position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: out, as: UTF8.self)
            case UInt8(ascii: "\\"): try self.escape(into: &out)
            case 0..<0x20: throw self.malformed
            default: out.append(byte)
            }
        }
        throw self.malformed
    }

    private mutating func escape(into out: inout [UInt8]) throws {
        guard let byte = self.next else { throw self.malformed }
        self.position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "u"):
            var units = [try self.hexadecimal()]
            if units[0] & 0xFC00 == 0xD800, self.position + 1 < self.bytes.count,
                self.bytes[self.position] == UInt8(ascii: "\\"), self.bytes[self.position + 1] == UInt8(ascii: "u")
            {
                self.position += 2
                units.append(try self.hexadecimal())
            }
            out.append(contentsOf: String(decoding: units, as: UTF16.self).utf8)
        default: throw self.malformed
        }
    }

    private mutating func hexadecimal() throws -> UInt16 {
        guard self.position + 4 <= self.bytes.count,
            let unit = UInt16(
                String(decoding: self.bytes[self.position..<self.position + 4], as: UTF8.self), radix: 16)
        else { throw self.malformed }
        self.position += 4
        return unit
    }
}
