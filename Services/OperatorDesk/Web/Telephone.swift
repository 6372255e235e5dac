/// A telephone that somebody signs in on. Values, no I/O.
enum Telephone {
    /// `1001`, or `1001@exchange`. What is typed becomes part of an address at the exchange, so nothing else passes.
    /// - Returns: nil for an empty one.
    /// - Throws: `DeskError` with what to do.
    static func read(_ text: String?) throws -> String? {
        guard let text, !text.isEmpty else { return nil }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let isFit =
            parts.count <= 2
            && parts.allSatisfy { part in
                (1...32).contains(part.count)
                    && part.utf8.allSatisfy {
                        ($0 | 0x20 >= 97 && $0 | 0x20 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45
                    }
            }
        guard isFit else {
            throw DeskError.badRequest("Телефон — внутренний номер, например 1001, или 1001@имя-АТС.")
        }
        return text
    }
}
