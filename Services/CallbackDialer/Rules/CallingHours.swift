import Foundation
import Vocabulary

/// When citizens may be called, by the clock of their region.
struct CallingHours: Sendable, Equatable {
    enum Days: String, Sendable, CaseIterable {
        case all, working
    }

    /// Its hours are those of calling.
    private let calendar: RegionCalendar
    private let days: Days

    init(_ hours: OpeningHours, days: Days, in zone: RegionTimeZone, production: ProductionCalendar) {
        self.calendar = RegionCalendar(timeZone: zone, hours: hours, production: production)
        self.days = days
    }

    func contains(_ moment: Date) -> Bool {
        switch self.days {
        case .working: return self.calendar.isOpen(at: moment)
        case .all:
            let (opens, closes) = self.calendar.period(of: self.calendar.day(of: moment))
            return moment >= opens && moment < closes
        }
    }

    /// `moment` itself in calling hours, else when they begin next.
    func opening(onOrAfter moment: Date) -> Date {
        if self.contains(moment) { return moment }
        guard self.days == .all else { return self.calendar.opening(onOrAfter: moment) }
        let day = self.calendar.day(of: moment)
        let today = self.calendar.period(of: day).opens
        return moment < today ? today : self.calendar.period(of: day.adding(days: 1)).opens
    }

    /// `09:00-21:00`
    var description: String { self.calendar.hours.description }
}
