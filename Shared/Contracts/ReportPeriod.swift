public import Foundation
public import Messaging

/// The time that a report is about, from one moment until before another. Reports read the tables that the line writes, so
/// a period has an end: a year and a day, which holds every report of the regulations.
public struct ReportPeriod: Sendable, Equatable {
    /// Seconds.
    public static let longest: TimeInterval = 366 * 86_400

    public let from: Date
    public let to: Date

    /// - Throws: `period-invalid`, naming the field.
    public init(from: Date, to: Date) throws(Refusal) {
        guard from < to else {
            throw Refusal("period-invalid", "Начало периода должно быть раньше его конца.", field: "from")
        }
        guard to.timeIntervalSince(from) <= Self.longest else {
            throw Refusal(
                "period-invalid", "Период отчёта не длиннее года: начните позже или разделите его на части.",
                field: "from")
        }
        self.from = from
        self.to = to
    }
}
