import Vocabulary

/// The telephones of an exchange that operators and supervisors may work on: what is rung as one of them is no
/// outside number and no trunk, whatever the endpoint of the setting makes of it.
struct TelephoneList: Sendable, Equatable {
    /// Three to five digits, emergency numbers excepted.
    static let standard = TelephoneList(ranges: [Range(first: "100", last: "99999")], names: [])

    private struct Range: Sendable, Equatable {
        let first: String
        let last: String

        func contains(_ digits: String) -> Bool {
            guard digits.count >= self.first.count, digits.count <= self.last.count, let number = Int(digits),
                let first = Int(self.first), let last = Int(self.last)
            else { return false }
            return first <= number && number <= last
        }
    }

    private let ranges: [Range]
    private let names: Set<String>

    private init(ranges: [Range], names: Set<String>) {
        self.ranges = ranges
        self.names = names
    }

    /// - Parameter text: `1000-1999,801,reception`: ranges of numbers, single numbers, and names of Latin letters and
    ///   digits. Nil when it cannot be read. A number has at most six digits: nothing that could be a town's.
    init?(parsing text: String) {
        var ranges: [Range] = []
        var names: Set<String> = []
        for part in text.split(separator: ",") {
            let entry = String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            let bounds = entry.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
            if bounds.allSatisfy(Self.isNumber), let first = bounds.first, let last = bounds.last, bounds.count <= 2 {
                guard first.count <= last.count, (Int(first) ?? 0) <= (Int(last) ?? -1) else { return nil }
                ranges.append(Range(first: first, last: last))
            } else {
                guard Self.isName(entry) else { return nil }
                names.insert(entry)
            }
        }
        guard !ranges.isEmpty || !names.isEmpty else { return nil }
        self.init(ranges: ranges, names: names)
    }

    func contains(_ telephone: String) -> Bool {
        if self.names.contains(telephone) { return true }
        guard Self.isNumber(telephone), (try? PhoneNumber(parsing: telephone))?.isEmergency != true else {
            return false
        }
        return self.ranges.contains { $0.contains(telephone) }
    }

    private static func isNumber(_ text: String) -> Bool {
        (1...6).contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) }
    }

    private static func isName(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy { ($0 | 0x20 >= 97 && $0 | 0x20 <= 122) || (48...57).contains($0) || $0 == 45 }
            && text.utf8.contains { $0 | 0x20 >= 97 && $0 | 0x20 <= 122 }
    }
}
