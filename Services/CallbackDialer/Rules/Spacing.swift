import Foundation

/// How long after the end of one attempt the next follows, in seconds: always `first`, or growing.
struct Spacing: Sendable, Equatable, Codable {
    var first: TimeInterval
    /// 1: fixed.
    var factor = 1.0
    var longest: TimeInterval = 86_400

    init(_ first: TimeInterval, factor: Double = 1, longest: TimeInterval = 86_400) {
        self.first = first
        self.factor = factor
        self.longest = longest
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.first = try values.decode(TimeInterval.self, forKey: .first)
        self.factor = try values.decodeIfPresent(Double.self, forKey: .factor) ?? 1
        self.longest = try values.decodeIfPresent(TimeInterval.self, forKey: .longest) ?? 86_400
    }

    /// - Parameter attempt: the one that is over, from 1.
    func after(_ attempt: Int) -> TimeInterval {
        min(self.longest, self.first * pow(self.factor, Double(max(0, attempt - 1))))
    }

    var fault: String? {
        if !(1...86_400).contains(self.first) { return "spacing.first must be 1 to 86400 seconds" }
        if !(1...10).contains(self.factor) { return "spacing.factor must be 1 to 10" }
        if !(self.first...86_400).contains(self.longest) {
            return "spacing.longest must be from first to 86400 seconds"
        }
        return nil
    }
}
