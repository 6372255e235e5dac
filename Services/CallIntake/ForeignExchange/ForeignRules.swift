import Contracts
import Foundation
import Vocabulary

/// What the region says about calls, as far as it concerns calls of exchanges that we do not drive.
struct ForeignRules: Sendable {
    /// The clock of an exchange is not believed beyond this, in seconds.
    static let believed: TimeInterval = 86_400
    /// How far two clocks may differ before it is remarkable, in seconds.
    static let skew: TimeInterval = 5

    /// Seconds, see `LinePlan.shortDrop`.
    let shortDrop: Double
    /// Nil: operators answer always.
    let calendar: RegionCalendar?

    /// The moment of an event that says `at`. Nothing happens after it was told of, and what is older than a day may
    /// as well be a wrong date: both take the moment of the receipt.
    func moment(_ at: Date, receivedAt: Date) -> (moment: Date, isBelieved: Bool) {
        if at < receivedAt.addingTimeInterval(-Self.believed) { return (receivedAt, false) }
        if at > receivedAt { return (receivedAt, at <= receivedAt.addingTimeInterval(Self.skew)) }
        return (at, true)
    }

    func dueAt(ofMessageLeft moment: Date) -> Date { self.calendar?.opening(onOrAfter: moment) ?? moment }
}
