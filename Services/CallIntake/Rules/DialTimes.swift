import Foundation
import Vocabulary

/// When the line dialled each number by itself in the last 24 hours.
struct DialTimes: Sendable, Equatable {
    /// Seconds.
    static let window: TimeInterval = 86_400

    private var times: [String: [Date]] = [:]
    /// When all were looked through last.
    private var prunedAt = Date.distantPast

    func count(_ number: PhoneNumber, at now: Date) -> Int {
        self.times[number.e164]?.count { $0 > now - Self.window } ?? 0
    }

    mutating func note(_ number: PhoneNumber, at moment: Date) { self.note(e164: number.e164, at: moment) }

    mutating func note(e164: String, at moment: Date) {
        if moment > self.prunedAt + 3600 {
            self.prunedAt = moment
            self.times = self.times.compactMapValues { times in
                let living = times.filter { $0 > moment - Self.window }
                return living.isEmpty ? nil : living
            }
        }
        self.times[e164, default: []].append(moment)
    }
}
