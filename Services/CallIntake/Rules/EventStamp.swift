import Foundation

/// When something happened at the exchange: by its own clock, and by ours when we heard of it.
struct EventStamp: Sendable, Equatable {
    /// An event that was told longer ago than this, in seconds, was not on its way for so long: the clocks differ.
    static let longestWay: TimeInterval = 60

    /// As the event says; nil when it does not.
    let told: Date?
    let heard: Date

    /// The best bound of the moment itself: what the exchange says, unless its clock is plainly another one than ours.
    var happened: Date {
        guard let told, told <= self.heard, self.heard.timeIntervalSince(told) <= Self.longestWay else {
            return self.heard
        }
        return told
    }
}
