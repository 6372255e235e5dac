import Foundation

/// Which outside numbers the centre dials, whoever asks for it: the line, a voice, an operator, a transfer. One value for
/// all of them, read from `DIAL_PREFIXES` and `OWN_NUMBERS`.
///
/// The longest prefix that a number begins with decides; a number with no prefix is not dialled. Codes of Russia that
/// charge the one who calls are forbidden unless a prefix of that length or longer allows them.
public struct DialingRules: Sendable, Equatable {
    /// Why a number is not dialled. The raw value is the id of the refusal.
    public enum Fault: String, Error, Sendable, CaseIterable {
        /// No number, a short one, or one that begins with no allowed prefix.
        case notDialable = "number-not-dialable"
        /// The centre's own: calling oneself makes a loop.
        case own = "own-number"
    }

    /// Russia: +7 without the codes of Kazakhstan.
    public static let standardPrefixes = "+7,!+76,!+77"
    public static let standard = DialingRules(allowed: ["+7"], forbidden: ["+76", "+77"])

    /// Every country; paid codes excepted.
    static let anywhere = DialingRules(allowed: Set((1...9).map { "+\($0)" }), forbidden: [])

    /// Of the Russian service codes only 800 and 804 are free for the one who calls: 801, 802, 805–808 are calls by card,
    /// 803 is televoting, 809 services that charge (numbering plan of Russia, order 205 of the Ministry of Communications).
    private static let paid = ["+7801", "+7802", "+7803", "+7805", "+7806", "+7807", "+7808", "+7809"]

    private var allowed: Set<String>
    private var forbidden: Set<String>
    /// Whole numbers of 2 to 6 digits that operators may be connected with: a clinic behind the centre's own exchange.
    private var inside: Set<String> = []
    /// The centre's own numbers.
    public var ownNumbers: Set<PhoneNumber> = []

    private init(allowed: Set<String>, forbidden: Set<String>) {
        self.allowed = allowed
        self.forbidden = forbidden.union(Self.paid).subtracting(allowed)
    }

    /// - Parameter text: `+7,!+76,!+77,+375,2001`, separated by commas: prefixes that are dialled, with `!` before them
    ///   prefixes that are not, and whole short numbers for transfers.
    /// - Throws: `InputError`.
    public init(parsing text: String) throws {
        var allowed: Set<String> = []
        var forbidden: Set<String> = []
        var inside: Set<String> = []
        for part in text.split(separator: ",") {
            let entry = part.trimmingCharacters(in: .whitespaces)
            let isForbidden = entry.hasPrefix("!")
            let prefix = isForbidden ? String(entry.dropFirst()) : entry
            let digits = prefix.hasPrefix("+") ? prefix.dropFirst() : prefix[...]
            guard (1...15).contains(digits.count), digits.allSatisfy(Digits.isDigit) else { throw Self.unreadable }
            if prefix.hasPrefix("+") {
                if isForbidden { forbidden.insert(prefix) } else { allowed.insert(prefix) }
            } else {
                guard !isForbidden, (2...6).contains(digits.count) else { throw Self.unreadable }
                inside.insert(prefix)
            }
        }
        guard !allowed.isEmpty else { throw Self.unreadable }
        self.init(allowed: allowed, forbidden: forbidden)
        self.inside = inside
    }

    private static let unreadable = InputError(
        .phoneNumber, hint: "Начала номеров пишутся через запятую: +7, !+77 (кроме), 2001 (короткий номер целиком).")

    /// Whether the number begins as one that is dialled; the centre's own are not told apart.
    public func allows(_ number: PhoneNumber) -> Bool {
        guard !number.isShort else { return false }
        for length in stride(from: number.e164.count, through: 2, by: -1) {
            let prefix = String(number.e164.prefix(length))
            if self.allowed.contains(prefix) { return true }
            if self.forbidden.contains(prefix) { return false }
        }
        return false
    }

    /// Why a citizen's number is not called, by a machine or by an operator; nil when it is. Never an emergency or another
    /// short number.
    public func fault(of number: PhoneNumber?) -> Fault? {
        guard let number, self.allows(number) else { return .notDialable }
        return self.ownNumbers.contains { $0.e164 == number.e164 } ? .own : nil
    }

    /// A receiver of a transfer or a consultation as it was typed, whatever the spelling: `8-809…` and `810882…` mean
    /// what they mean to the exchange.
    /// - Returns: what is dialled: E.164, an emergency number, or a short number that the setting names.
    public func receiver(_ typed: String) throws(Fault) -> String {
        let text = typed.trimmingCharacters(in: .whitespacesAndNewlines)
        if self.inside.contains(text) { return text }
        guard let number = try? PhoneNumber(parsing: text) else { throw .notDialable }
        if number.isEmergency { return number.e164 }
        if let fault = self.fault(of: number) { throw fault }
        return number.e164
    }
}
