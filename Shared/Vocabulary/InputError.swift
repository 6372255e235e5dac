/// Typed or pasted text that is not what it should be. `hint` is one Russian sentence for the operator that says what
/// to do; it never repeats what was typed, so it may be shown, logged and sent (P-02).
public struct InputError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was being read.
    public enum Field: String, Sendable {
        case phoneNumber, snils, policyNumber, personName, date, openingHours, timeZone, productionCalendar
    }

    public let field: Field
    /// Russian, one sentence, without the value.
    public let hint: String

    public init(_ field: Field, hint: String) {
        self.field = field
        self.hint = hint
    }

    /// As a failure of decoding: the path says where, `underlyingError` is this error, so that whoever answers the
    /// request can give the hint.
    func decoding(_ container: some SingleValueDecodingContainer) -> DecodingError {
        .dataCorrupted(
            .init(codingPath: container.codingPath, debugDescription: self.hint, underlyingError: self))
    }

    public var description: String { self.hint }
}
