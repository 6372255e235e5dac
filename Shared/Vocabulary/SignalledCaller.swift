import Foundation

/// What the signalling says about who calls: the number that is read from it, and the text as it came, for the record.
///
/// A line writes a number in its own ways, and digits are never missing: `+79270000401;npdi;rn=…`, `sip:+7…@host`,
/// `tel:`, E.164 with and without the plus, 00 and 8 10 for abroad. What people type is read by `PhoneNumber`.
/// `description` never shows the caller (P-02).
public struct SignalledCaller: Hashable, Sendable {
    public let number: CallerNumber
    /// As it came, without control characters and invisible marks, at most 255 characters; nil when `number` says the
    /// same or nothing came.
    public let original: String?

    /// - Parameter raw: the caller id of the signalling, nil when there is none.
    public init(_ raw: String?) {
        let text = TypedText.visible(raw ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        let user = SignalledUser(text)
        if Self.hidden.contains(user.digits.lowercased()) || Self.hidden.contains(text.lowercased()) {
            self.number = .hidden
        } else if let e164 = Self.e164(user) {
            self.number = .known(PhoneNumber(e164: e164, extensionDigits: nil))
        } else {
            self.number = .malformed
        }
        let kept = String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { $0.properties.generalCategory != .control }.prefix(255)))
        self.original = kept.isEmpty || kept == self.number.number?.e164 ? nil : kept
    }

    private static let hidden: Set<String> = [
        "", "anonymous", "unknown", "restricted", "private", "unavailable", "withheld", "hidden", "<unknown>",
        "anonymous.invalid", "скрыт", "неизвестен",
    ]

    private static func e164(_ user: SignalledUser) -> String? {
        let isInternational = user.digits.hasPrefix("+")
        guard let digits = Digits.only(isInternational ? user.digits.dropFirst() : user.digits[...]) else { return nil }
        if isInternational { return Self.international(digits[...]) }
        if let context = user.context, let prefix = Digits.only(context.dropFirst()) {
            return Self.international((prefix + digits)[...])
        }
        if digits.hasPrefix("00") { return Self.international(digits.dropFirst(2)) }
        switch digits.count {
        case 12... where digits.hasPrefix("810"): return Self.international(digits.dropFirst(3))
        case 11 where digits.hasPrefix("8") || digits.hasPrefix("7"): return Self.russian(digits.dropFirst())
        case 10: return Self.russian(digits[...])
        // E.164 without its plus. Eleven digits are the least a foreign number has that cannot be a Russian one.
        case 11...15:
            let isAmiss = digits.hasPrefix("7") || (digits.hasPrefix("8") && !NumberingPlan.isForeignCode(in: digits))
            return isAmiss ? nil : Self.international(digits[...])
        case 3 where digits.hasPrefix("1"): return digits
        case 2 where ["01", "02", "03", "04"].contains(digits): return digits
        default: return nil
        }
    }

    private static func international(_ digits: Substring) -> String? {
        if digits.hasPrefix("7") { return digits.count == 11 ? Self.russian(digits.dropFirst()) : nil }
        // A trunk that puts a plus before the 8 of Russia: no country has such a code.
        if digits.hasPrefix("8"), digits.count == 11, !NumberingPlan.isForeignCode(in: String(digits)) {
            return Self.russian(digits.dropFirst())
        }
        return (8...15).contains(digits.count) && !digits.hasPrefix("0") ? "+" + digits : nil
    }

    private static func russian(_ national: Substring) -> String? {
        PhoneNumber.isNational(national) ? "+7" + national : nil
    }
}

/// The user part of a SIP or tel URI (RFC 3261, RFC 3966), or the bare text when it is none.
private struct SignalledUser {
    /// The number with its plus and its separators, or a word as `anonymous`.
    let digits: String
    /// `phone-context` of a local number, when it is a country code: `+7`.
    let context: String?

    init(_ text: String) {
        var rest = text[...]
        // «"Name" <sip:…>»: the name may be anything.
        if let open = rest.lastIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
            rest = rest[rest.index(after: open)..<close]
        }
        for scheme in ["sips:", "sip:", "tel:"] where rest.lowercased().hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
            break
        }
        let parts = rest.prefix { $0 != "@" }.split(separator: ";", omittingEmptySubsequences: false)
        let number = parts.first.map(String.init) ?? ""
        self.digits = number.removingPercentEncoding ?? number
        self.context =
            parts.dropFirst().lazy
            .compactMap { part -> String? in
                let pair = part.split(separator: "=", maxSplits: 1)
                return pair.count == 2 && pair[0].lowercased() == "phone-context" && pair[1].hasPrefix("+")
                    ? String(pair[1]) : nil
            }
            .first
    }
}

extension SignalledCaller: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "caller" }
    public var debugDescription: String { self.description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
