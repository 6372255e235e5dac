import Foundation

/// What was typed or pasted, before anything is read from it.
public enum TypedText {
    /// The text without the marks that have neither shape nor width and come along with a paste: marks of direction
    /// (U+202D), soft hyphens, joiners, fillers (Unicode: Default_Ignorable_Code_Point).
    public static func visible(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: \.properties.isDefaultIgnorableCodePoint) else { return text }
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: text.unicodeScalars.lazy.filter { !$0.properties.isDefaultIgnorableCodePoint })
        return String(scalars)
    }

    /// Whether nobody could read anything in it: only blanks of every kind, the braille blank included, and marks that
    /// cannot be seen.
    public static func isBlank(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy {
            $0.properties.isWhitespace || $0.properties.isDefaultIgnorableCodePoint || $0 == Self.brailleBlank
        }
    }

    /// Whether there is no letter and no digit in it, so that nobody could read a word: dots, marks without a letter to
    /// stand on, symbols, private use.
    public static func isWordless(_ text: String) -> Bool {
        !text.unicodeScalars.contains {
            !$0.properties.isDefaultIgnorableCodePoint
                && ($0.properties.isAlphabetic || $0.properties.numericType != nil)
        }
    }

    /// Looks like a space and is a symbol.
    static let brailleBlank: Unicode.Scalar = "\u{2800}"

    /// Visible text without blanks around it and without the words people put before a value: «СНИЛС: …». A word counts
    /// only when no letter follows it.
    static func body(of text: String, labels: [String]) -> String {
        var rest = Self.visible(text)[...]
        while true {
            rest = rest.trimming { $0.isWhitespace || ".:№".contains($0) }
            let lowered = rest.lowercased()
            guard
                let label = labels.first(where: { label in
                    lowered.hasPrefix(label) && lowered.dropFirst(label.count).first?.isLetter != true
                })
            else { return String(rest) }
            rest = rest.dropFirst(label.count)
        }
    }
}

extension Substring {
    /// Without the characters at its start and its end that fulfil `condition`.
    func trimming(_ condition: (Character) -> Bool) -> Substring {
        var rest = self.drop(while: condition)
        while let last = rest.last, condition(last) { rest.removeLast() }
        return rest
    }
}
