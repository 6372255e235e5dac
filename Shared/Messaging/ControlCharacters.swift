public import Foundation

/// The control characters that no text of ours holds: PostgreSQL stores no U+0000, and no person types the others.
/// Tabulator and line breaks are text.
public enum ControlCharacters {
    public static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: false
        case 0x00...0x1F, 0x7F...0x9F: true
        default: false
        }
    }

    /// The member of a JSON text whose value or name holds a forbidden character, as a path: `card.essence`, `keys.0`; an
    /// empty path is the whole value. Nil when there is none, and for what is no JSON, which its decoder refuses.
    public static func field(in json: Data) -> String? {
        guard self.mayHold(json),
            let value = try? JSONSerialization.jsonObject(with: json, options: .fragmentsAllowed)
        else { return nil }
        return self.path(in: value).map { $0.joined(separator: ".") }
    }

    /// - Throws: `field-invalid`, naming the field.
    public static func check(_ json: Data) throws(Refusal) {
        guard let field = self.field(in: json) else { return }
        throw Refusal(
            "field-invalid", "В тексте есть невидимый управляющий знак. Удалите его или наберите текст заново.",
            field: field)
    }

    /// In JSON such a character stands as an escape or, from U+007F on, as itself: most bodies hold neither.
    private static func mayHold(_ json: Data) -> Bool {
        json.withUnsafeBytes { bytes in
            var index = bytes.startIndex
            while index < bytes.endIndex {
                let byte = bytes[index]
                // JSON is UTF-8; a zero is of another encoding, which its decoder would take as well.
                if byte == 0x7F || byte == 0xC2 || byte == 0 { return true }
                if byte == UInt8(ascii: "\\"), index + 1 < bytes.endIndex {
                    let next = bytes[index + 1]
                    if next == UInt8(ascii: "u") || next == UInt8(ascii: "b") || next == UInt8(ascii: "f") {
                        return true
                    }
                    index += 1
                }
                index += 1
            }
            return false
        }
    }

    private static func path(in value: Any) -> [String]? {
        switch value {
        case let text as String:
            return text.unicodeScalars.contains(where: self.isForbidden) ? [] : nil
        case let list as [Any]:
            for (index, element) in list.enumerated() {
                if let rest = self.path(in: element) { return ["\(index)"] + rest }
            }
        case let object as [String: Any]:
            for (name, element) in object.sorted(by: { $0.key < $1.key }) {
                // A name that is forbidden itself is not repeated.
                if name.unicodeScalars.contains(where: self.isForbidden) { return [] }
                if let rest = self.path(in: element) { return [name] + rest }
            }
        default: break
        }
        return nil
    }
}
