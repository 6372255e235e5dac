public import Foundation

/// When the centre of a region works: its zone, its hours, the production calendar and the region's own days (T-02).
public struct RegionCalendar: Sendable, Equatable {
    /// Who answers: operators, or the electronic secretary.
    public enum Mode: String, Sendable, Codable {
        case operators, secretary
    }

    public var timeZone: RegionTimeZone
    public var hours: OpeningHours
    public var production: ProductionCalendar
    /// Days off that only this region has (a law of the region); they win over the production calendar.
    public var regionalDaysOff: Set<CalendarDate>

    public init(
        timeZone: RegionTimeZone, hours: OpeningHours = .standard, production: ProductionCalendar,
        regionalDaysOff: Set<CalendarDate> = []
    ) {
        self.timeZone = timeZone
        self.hours = hours
        self.production = production
        self.regionalDaysOff = regionalDaysOff
    }

    public func isWorkingDay(_ date: CalendarDate) -> Bool {
        !self.regionalDaysOff.contains(date) && self.production.isWorkingDay(date)
    }

    /// The local day of a moment.
    public func day(of moment: Date) -> CalendarDate { CalendarDate(moment, in: self.timeZone) }

    /// The first working day later than `date`.
    public func workingDay(after date: CalendarDate) -> CalendarDate {
        self.workingDay(onOrAfter: date.adding(days: 1))
    }

    /// The first working day not before `date`. A calendar without a working day in the next 366 days answers with
    /// the last day it looked at, so that a damaged file cannot stop a service.
    public func workingDay(onOrAfter date: CalendarDate) -> CalendarDate {
        var day = date
        for _ in 0..<366 {
            if self.isWorkingDay(day) { return day }
            day = day.adding(days: 1)
        }
        return day
    }

    /// The working day that is `count` working days after `date`; zero is the first not before it.
    public func workingDay(_ count: Int, after date: CalendarDate) -> CalendarDate {
        guard count > 0 else { return self.workingDay(onOrAfter: date) }
        return (0..<count).reduce(date) { day, _ in self.workingDay(after: day) }
    }

    public func mode(at moment: Date) -> Mode {
        let day = self.day(of: moment)
        guard self.isWorkingDay(day) else { return .secretary }
        let (opens, closes) = self.period(of: day)
        return moment >= opens && moment < closes ? .operators : .secretary
    }

    public func isOpen(at moment: Date) -> Bool { self.mode(at: moment) == .operators }

    /// Opening and closing of a day as moments, whether it is worked or not.
    public func period(of day: CalendarDate) -> (opens: Date, closes: Date) {
        (
            day.moment(minutes: self.hours.opens, in: self.timeZone),
            day.moment(minutes: self.hours.closes, in: self.timeZone)
        )
    }

    /// `moment` itself while operators answer, else the next opening: what is left on Tuesday at 03:00 is due from
    /// Tuesday 09:00 (T-03).
    public func opening(onOrAfter moment: Date) -> Date {
        if self.isOpen(at: moment) { return moment }
        let day = self.day(of: moment)
        let today = self.period(of: day)
        if self.isWorkingDay(day), moment < today.opens { return today.opens }
        return self.period(of: self.workingDay(after: day)).opens
    }

    /// The moment later than `moment` at which `mode(at:)` changes next.
    public func nextChange(after moment: Date) -> Date {
        self.isOpen(at: moment) ? self.period(of: self.day(of: moment)).closes : self.opening(onOrAfter: moment)
    }
}
