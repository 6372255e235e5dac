import Foundation
import Logging
import Metrics
import ServiceLifecycle
import Vocabulary

/// Looks every hour how long the production calendar is known, and asks for the next year in time: in the log once a
/// day, in `production_calendar_official_days` always (`line122 status` reads it there).
struct CalendarWatch: Service {
    static let metric = "production_calendar_official_days"

    let calendar: RegionCalendar
    let logger: Logger

    func run() async throws {
        // Ends with the service; stopping is no failure.
        try? await cancelWhenGracefulShutdown {
            var told: CalendarDate?
            while !Task.isCancelled {
                let today = self.calendar.day(of: Date())
                self.look(on: today, isTold: told == today)
                told = today
                try await Task.sleep(for: .seconds(3600))
            }
        }
    }

    func look(on today: CalendarDate, isTold: Bool) {
        Gauge(label: Self.metric).record(self.calendar.production.officialDays(from: today))
        guard !isTold, let notice = self.calendar.production.notice(on: today) else { return }
        self.logger.warning("\(notice)")
    }
}
