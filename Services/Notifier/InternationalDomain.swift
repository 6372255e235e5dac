import Foundation

/// Domain names in letters of all peoples as ASCII (RFC 5890, 5891): each label in small letters and composed, then in
/// Punycode (RFC 3492).
enum InternationalDomain {
    /// - Returns: nil when it is no domain name.
    static func ascii(_ domain: String) -> String? {
        // The ideographic full stops are dots too (RFC 3490, 3.1).
        let labels = domain.lowercased().precomposedStringWithCanonicalMapping
            .split(omittingEmptySubsequences: false) { ".\u{3002}\u{FF0E}\u{FF61}".contains($0) }
            .map(self.label)
        guard labels.count >= 2, !labels.contains(nil) else { return nil }
        let name = labels.compactMap(\.self).joined(separator: ".")
        return name.utf8.count <= 253 ? name : nil
    }

    private static func label(_ text: Substring) -> String? {
        let isFit = text.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII
                ? scalar == "-" || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                : scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || scalar.properties.generalCategory == .nonspacingMark
        }
        guard isFit, !text.isEmpty, !text.hasPrefix("-"), !text.hasSuffix("-") else { return nil }
        let label = text.unicodeScalars.allSatisfy(\.isASCII) ? String(text) : "xn--" + self.punycode(text)
        return label.utf8.count <= 63 ? label : nil
    }

    /// RFC 3492, 6.3, with the parameters of its section 5.
    private static func punycode(_ text: Substring) -> String {
        let (base, tMin, tMax, skew, damp) = (36, 1, 26, 38, 700)
        var n = 128
        var delta = 0
        var bias = 72
        let codes = text.unicodeScalars.map { Int($0.value) }
        var output = String(String.UnicodeScalarView(text.unicodeScalars.filter(\.isASCII)))
        let basic = output.utf8.count
        var handled = basic
        if basic > 0 { output += "-" }

        func digit(_ value: Int) -> Character {
            Character(Unicode.Scalar(UInt8(value < 26 ? 97 + value : 22 + value)))
        }
        func adapted(_ delta: Int, _ points: Int, isFirst: Bool) -> Int {
            var delta = isFirst ? delta / damp : delta / 2
            delta += delta / points
            var k = 0
            while delta > (base - tMin) * tMax / 2 {
                delta /= base - tMin
                k += base
            }
            return k + (base - tMin + 1) * delta / (delta + skew)
        }

        while handled < codes.count {
            // A label has at most 63 characters in the end, so nothing overflows.
            guard let next = codes.filter({ $0 >= n }).min() else { break }
            delta += (next - n) * (handled + 1)
            n = next
            for code in codes {
                if code < n { delta += 1 }
                guard code == n else { continue }
                var q = delta
                var k = base
                while true {
                    let t = min(max(k - bias, tMin), tMax)
                    if q < t { break }
                    output.append(digit(t + (q - t) % (base - t)))
                    q = (q - t) / (base - t)
                    k += base
                }
                output.append(digit(q))
                bias = adapted(delta, handled + 1, isFirst: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            n += 1
        }
        return output
    }
}
