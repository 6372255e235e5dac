/// The header `Range` (RFC 9110, 14.2). Values, no I/O.
enum ByteRange: Sendable, Equatable {
    /// All of it: nothing was asked for, or something that may be passed over (another unit, several ranges).
    case whole
    /// Not empty, within the size.
    case part(Range<Int>)
    /// Nothing of it is there.
    case unsatisfiable

    static func parse(_ header: String?, size: Int) -> ByteRange {
        guard let header, header.hasPrefix("bytes=") else { return .whole }
        let ends = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2 else { return .whole }
        let (first, last) = (self.number(ends[0]), self.number(ends[1]))
        switch (ends[0].isEmpty, ends[1].isEmpty) {
        case (true, true): return .whole
        case (true, false):
            guard let last else { return .whole }
            return last == 0 || size == 0 ? .unsatisfiable : .part(max(0, size - last)..<size)
        case (false, true):
            guard let first else { return .whole }
            return first < size ? .part(first..<size) : .unsatisfiable
        case (false, false):
            guard let first, let last, first <= last else { return .whole }
            return first < size ? .part(first..<min(last, size - 1) + 1) : .unsatisfiable
        }
    }

    /// Digits only; more of them than any size has are more than any size.
    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return text.count > 18 ? Int.max - 1 : Int(text)
    }
}
