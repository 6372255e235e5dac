import Foundation

extension PhoneNumber {
    /// Every number in a pasted text, in order, each once: «8 (8452) 41-13-27 доб. 12, 8 999 000 00 01». What cannot be
    /// read as a number is left out; short numbers count only when they stand alone in their part.
    public static func all(in text: String) -> [PhoneNumber] {
        var found: [PhoneNumber] = []
        for part in Self.parts(of: text) {
            let numbers = (try? PhoneNumber(parsing: part)).map { [$0] } ?? Self.scan(part)
            for number in numbers where !found.contains(number) { found.append(number) }
        }
        return found
    }

    /// Splits at commas, semicolons, slashes, line ends and «и»/«или»; an extension stays with its number.
    static func parts(of text: String) -> [String] {
        var separated = text.replacingOccurrences(of: ";ext=", with: " доб. ", options: .caseInsensitive)
        for word in [" и ", " или "] {
            separated = separated.replacingOccurrences(of: word, with: "\n", options: .caseInsensitive)
        }
        var parts: [String] = []
        for part in separated.split(whereSeparator: { ",;/|\\".contains($0) || $0.isNewline }) {
            let trimmed = part.trimmingCharacters(in: .whitespaces)
            if trimmed.lowercased().hasPrefix("доб"), let last = parts.popLast() {
                parts.append(last + " " + trimmed)
            } else if !trimmed.isEmpty {
                parts.append(trimmed)
            }
        }
        return parts
    }

    /// Numbers that only spaces or words part. A number ends when it is complete: 11 digits after 7 or 8, else 10; a
    /// plus begins a new one.
    private static func scan(_ part: String) -> [PhoneNumber] {
        var found: [PhoneNumber] = []
        var current = ""
        func close() {
            let digits = current.filter(Digits.isDigit).count
            if digits >= 10, let number = try? PhoneNumber(parsing: current) { found.append(number) }
            current = ""
        }
        for character in part {
            if character == "+" {
                close()
                current = "+"
            } else if Digits.isDigit(character) {
                let digits = current.filter(Digits.isDigit)
                let isRussian = digits.hasPrefix("7") || (digits.hasPrefix("8") && !current.hasPrefix("+"))
                let isForeign = current.hasPrefix("+") && !isRussian
                if !isForeign, digits.count == (isRussian ? 11 : 10) { close() }
                current.append(character)
            } else if Digits.isSeparator(character) {
                // A foreign number has no fixed length: a space after enough digits ends it.
                if current.hasPrefix("+"), current.filter(Digits.isDigit).count >= 11, character.isWhitespace {
                    close()
                }
            } else {
                close()
            }
        }
        close()
        return found
    }
}
