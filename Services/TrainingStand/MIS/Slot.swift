/// One quarter of an hour of a doctor.
struct Slot: Sendable {
    enum State: Sendable, Equatable {
        case free
        /// Only the registry gives it.
        case registry
        /// Somebody else has it.
        case taken
        case booked(String)
    }

    let id: String
    /// Local days since 1970 and minutes of that day.
    let day: Int
    let minute: Int
    var state: State

    var moment: Int { self.day * 1440 + self.minute }
}

extension Slot {
    /// Local time without a zone, as the contract has it.
    var start: String { Self.moment(self.day, self.minute) }
    var end: String { Self.moment(self.day, self.minute + 15) }

    static func moment(_ day: Int, _ minute: Int) -> String {
        let time = CivilTime(daysSinceEpoch: day + minute / 1440, seconds: minute % 1440 * 60)
        return "\(time.date)T\(time.clock)"
    }
}
