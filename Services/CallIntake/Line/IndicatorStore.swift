import Contracts
import Foundation
import Postgres

/// The indicators that calls decide (K-01 to K-05), from the rows of the calls themselves.
struct IndicatorStore: Sendable {
    /// Seconds of order S122, 5.1.
    static let norm = 60
    static let limit = 120

    let database: PostgresPool

    /// Calls that came in from `from` until `to` and are over; citizens who were called are not among them.
    /// - Throws: `Refusal`; see `ReportPeriod`.
    func answer(_ request: GetCallIndicators) async throws -> GetCallIndicators.Answer {
        let period = try ReportPeriod(from: request.from, to: request.to)
        let abandoned = CallOutcome.allCases.filter(\.isAbandoned).map(\.rawValue)
        let broken = CallOutcome.allCases.filter(\.isBroken).map(\.rawValue)
        // Who has spoken with an operator first is an answered call, whoever took the last words.
        let secretary = [CallOutcome.messageLeft, .noMessage].map(\.rawValue)
        let (norm, limit) = (Int64(Self.norm * 1000), Int64(Self.limit * 1000))
        let rows = try await self.database.query(
            """
            SELECT count(*) AS offered,
                count(*) FILTER (WHERE outcome = 'shortDrop') AS short_drops,
                count(*) FILTER (WHERE outcome = ANY(\(secretary)) AND answered_at IS NULL) AS secretary,
                count(*) FILTER (WHERE answered_at IS NOT NULL) AS answered,
                count(*) FILTER (WHERE answered_at IS NOT NULL AND waiting_ms <= \(norm)) AS answered_in_norm,
                count(*) FILTER (WHERE outcome = ANY(\(abandoned))) AS abandoned,
                count(*) FILTER (WHERE outcome = ANY(\(abandoned)) AND waiting_ms <= \(norm)) AS abandoned_in_norm,
                count(*) FILTER (WHERE outcome = 'callbackRequested') AS callback_requested,
                count(*) FILTER (WHERE outcome = ANY(\(broken))) AS broken,
                count(*) FILTER (WHERE waiting_ms > \(limit)
                    AND (answered_at IS NOT NULL OR outcome <> ALL(\(secretary)))) AS over_limit,
                (avg(questioning_ms) FILTER (WHERE answered_at IS NOT NULL) / 1000)::float8 AS questioning,
                (avg(consultation_ms) FILTER (WHERE answered_at IS NOT NULL) / 1000)::float8 AS consultation
            FROM call
            WHERE direction = 'inbound' AND state = 'ended'
              AND received_at >= \(period.from) AND received_at < \(period.to)
            """)
        guard let row = rows.first else { throw UnreadableRow(column: "indicators") }
        func count(_ column: String) throws -> Int { Int(try row.decode(column, as: Int64.self)) }
        return GetCallIndicators.Answer(
            offered: try count("offered"), shortDrops: try count("short_drops"), secretary: try count("secretary"),
            answered: try count("answered"), answeredInNorm: try count("answered_in_norm"),
            abandoned: try count("abandoned"), abandonedInNorm: try count("abandoned_in_norm"),
            callbackRequested: try count("callback_requested"), broken: try count("broken"),
            waitedOverLimit: try count("over_limit"), meanQuestioning: try row.decode("questioning", as: Double?.self),
            meanConsultation: try row.decode("consultation", as: Double?.self))
    }
}
