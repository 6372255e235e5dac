internal import Foundation

/// Finds what looks like personal data.
enum PersonalDataGuard {
    static func redacted(_ text: String) -> String {
        // Nothing without a run of digits or an @ can be any of these; most values end here.
        var digits = 0
        var suspicious = false
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39:
                digits += 1
                if digits >= 10 { suspicious = true }
            case 0x40: suspicious = true
            // Space, brackets, plus, hyphen; parts of no-break spaces and dashes.
            case 0x20, 0x28, 0x29, 0x2B, 0x2D, 0x80...: break
            default: digits = 0
            }
        }
        guard suspicious else { return text }
        var result = text
        for pattern in Self.patterns {
            result = result.replacingOccurrences(of: pattern, with: "[redacted]", options: .regularExpression)
        }
        return result
    }

    /// Bounded by what is no letter, digit or hyphen, so that a UUID is not taken for a number. `gap` is what people put
    /// between digits.
    private static let patterns: [String] = {
        let gap = #"[ \x{A0}()\x{2010}-\x{2014}-]{0,3}"#
        let (start, end) = (#"(?<![\p{L}0-9-])"#, #"(?![\p{L}0-9-])"#)
        return [
            #"[\p{L}0-9._%+-]+@[\p{L}0-9.-]+\.[\p{L}]{2,}"#,
            // A policy of 16 digits, a СНИЛС or a Russian number of 11, a mobile number of 10, any number with a plus.
            start + "(?:[0-9]\(gap)){15}[0-9]" + end,
            start + #"\+?"# + "(?:[0-9]\(gap)){10}[0-9]" + end,
            start + "9(?:\(gap)[0-9]){9}" + end,
            #"(?<![\p{L}0-9])\+"# + "(?:[0-9]\(gap)){7,14}[0-9]" + end,
        ]
    }()
}
