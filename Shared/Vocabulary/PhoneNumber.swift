import Foundation

/// A telephone number as Russians type it, stored once and for all in one form: E.164 (`+78452411327`), or the digits
/// of a short number (`112`). 8, +7 and 7 are the same number; a leading 8 is dropped only from 11 digits.
///
/// Codable as one string, an extension appended as RFC 3966 writes it: `+78452411327;ext=12`. `description` never
/// shows digits (P-02): ask for `e164` or `display`.
public struct PhoneNumber: Hashable, Sendable {
    /// `+` and 8 to 15 digits, or 2 to 3 digits of a short number; without the extension.
    public let e164: String
    /// What to dial after the answer («доб. 12»): 1 to 6 digits.
    public let extensionDigits: String?

    /// The value of `read(_:)`, for texts that nobody is asked about.
    /// - Throws: `InputError` with a Russian hint.
    public init(parsing text: String) throws {
        if Self.isCanonicalRussian(text) {
            self.init(e164: text, extensionDigits: nil)
        } else {
            self = try Self.read(text).value
        }
    }

    init(e164: String, extensionDigits: String?) {
        self.e164 = e164
        self.extensionDigits = extensionDigits
    }

    /// Two or three digits: 112, 103, 122, 01. Such a number means something only where it is dialled.
    public var isShort: Bool { !self.e164.hasPrefix("+") }

    public var isEmergency: Bool {
        ["01", "02", "03", "04", "101", "102", "103", "104", "112"].contains(self.e164)
    }

    /// +7, Kazakhstan's +7 6 and +7 7 excepted.
    public var isRussian: Bool {
        self.e164.hasPrefix("+7") && !self.e164.hasPrefix("+76") && !self.e164.hasPrefix("+77")
    }

    public var isMobile: Bool { self.e164.hasPrefix("+79") }

    /// Whether it may be called at all: never an emergency or other short number, and none that charges the one who
    /// calls. Which of these the centre dials is `DialingRules`, which knows its settings.
    public var isDialable: Bool { DialingRules.anywhere.allows(self) }

}

extension PhoneNumber: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(parsing: try container.decode(String.self))
        } catch let error as InputError {
            throw error.decoding(container)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.extensionDigits.map { self.e164 + ";ext=" + $0 } ?? self.e164)
    }
}

extension PhoneNumber: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always the same words, so that a number cannot slip into a log (P-02).
    public var description: String { "phone number" }
    public var debugDescription: String { self.description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
