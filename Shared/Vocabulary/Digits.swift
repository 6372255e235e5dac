/// Digits, and the marks people put between them: spaces of every width, hyphens and dashes, brackets, dots.
enum Digits {
    /// An ASCII digit and nothing on it: comparing characters would also take a digit with a combining mark («5️⃣»).
    static func isDigit(_ character: Character) -> Bool { character.asciiValue.map { (48...57).contains($0) } ?? false }

    static func isSeparator(_ character: Character) -> Bool {
        character.isWhitespace || "-‐‑‒–—−().\u{2800}".contains(character)
    }

    /// The digits of `text`, or nil when anything but digits and separators stands in it.
    static func only(_ text: some StringProtocol) -> String? {
        var digits = ""
        for character in text {
            if self.isDigit(character) {
                digits.append(character)
            } else if !self.isSeparator(character) {
                return nil
            }
        }
        return digits
    }

    static func padded(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
