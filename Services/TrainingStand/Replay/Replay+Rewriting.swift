extension Replay {
    /// A recorded event or body with present ids and times.
    mutating func rewritten(_ value: JSONValue, stamp: String) -> JSONValue {
        let pairs = self.substitutes.sorted { $0.key.utf8.count > $1.key.utf8.count }
        return self.rewritten(value, pairs, stamp: stamp)
    }

    private mutating func rewritten(
        _ value: JSONValue, _ pairs: [(key: String, value: String)], stamp: String
    ) -> JSONValue {
        switch value {
        case .string(let text): return .string(Self.replaced(text, pairs))
        case .array(let values): return .array(values.map { self.rewritten($0, pairs, stamp: stamp) })
        case .object(let members):
            return .object(
                members.map { member in
                    switch (member.key, member.value) {
                    case ("timestamp", .string): return .init(key: member.key, value: .string(stamp))
                    case ("creationtime", .string(let moment)):
                        let present = self.moments[moment] ?? stamp
                        self.moments[moment] = present
                        return .init(key: member.key, value: .string(present))
                    default:
                        return .init(key: member.key, value: self.rewritten(member.value, pairs, stamp: stamp))
                    }
                })
        default: return value
        }
    }

    /// Each place of the text is replaced at most once, by the longest recorded text that stands there.
    private static func replaced(_ text: String, _ pairs: [(key: String, value: String)]) -> String {
        if let whole = pairs.first(where: { $0.key == text }) { return whole.value }
        guard pairs.contains(where: { text.contains($0.key) }) else { return text }
        var out = ""
        var rest = Substring(text)
        while let first = rest.first {
            if let pair = pairs.first(where: { rest.hasPrefix($0.key) }) {
                out += pair.value
                rest = rest.dropFirst(pair.key.count)
            } else {
                out.append(first)
                rest = rest.dropFirst()
            }
        }
        return out
    }
}
