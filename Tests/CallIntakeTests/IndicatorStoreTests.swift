import Contracts
import Foundation
import Messaging
import Postgres
import TestSupport
import Testing

@testable import CallIntake

/// The indicators over rows of calls as they end up, on a real PostgreSQL.
@Suite struct IndicatorStoreTests {
    private static let day = Date(timeIntervalSince1970: 1_795_230_000)

    /// A call that is over, `minute` minutes after the beginning of the period.
    private struct Ended {
        var minute: Double
        var outcome: CallOutcome
        /// Seconds.
        var waited: Double
        var isAnswered = false
        var direction = "inbound"
        var questioning: Double?
        var consultation: Double?
    }

    private static func answer(_ calls: [Ended]) async throws -> GetCallIndicators.Answer {
        let migrations = MigrationSet(
            component: "call-intake",
            directory: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent("Services/CallIntake/Migrations"))
        return try await withTestDatabase(migrations: [.messaging, migrations]) { database in
            for (number, call) in calls.enumerated() {
                let receivedAt = Self.day.addingTimeInterval(call.minute * 60)
                let answeredAt = call.isAnswered ? receivedAt.addingTimeInterval(call.waited) : nil
                func milliseconds(_ seconds: Double?) -> Int64? { seconds.map { Int64($0 * 1000) } }
                try await database.execute(
                    """
                    INSERT INTO call (id, exchange, channel_id, caller, line, direction, state, ordinal, received_at,
                        answered_at, ended_at, outcome, waiting_ms, questioning_ms, consultation_ms)
                    VALUES (\(MessageID.next()), 'main', \("channel-\(number)"), 'hidden', '122', \(call.direction),
                        'ended', \(Int64(number)), \(receivedAt), \(answeredAt),
                        \(receivedAt.addingTimeInterval(call.waited + 300)), \(call.outcome.rawValue),
                        \(milliseconds(call.waited)), \(milliseconds(call.questioning)),
                        \(milliseconds(call.consultation)))
                    """)
            }
            return try await IndicatorStore(database: database).answer(
                GetCallIndicators(from: Self.day, to: Self.day.addingTimeInterval(3600)))
        }
    }

    @Test("K-01 The share within 60 s has two readings: of the accepted and of all offered, without short drops")
    func accepted() async throws {
        let answer = try await Self.answer([
            Ended(minute: 0, outcome: .completedByCaller, waited: 10, isAnswered: true),
            // The norm itself is within.
            Ended(minute: 1, outcome: .completedByOperator, waited: 60, isAnswered: true),
            Ended(minute: 2, outcome: .callerLineBroken, waited: 60.001, isAnswered: true),
            Ended(minute: 3, outcome: .abandonedInQueue, waited: 30),
            Ended(minute: 4, outcome: .shortDrop, waited: 3),
            Ended(minute: 5, outcome: .messageLeft, waited: 0),
            // Not of this hour, and not calls that came in.
            Ended(minute: -1, outcome: .completedByCaller, waited: 1, isAnswered: true),
            Ended(minute: 60, outcome: .completedByCaller, waited: 1, isAnswered: true),
            Ended(minute: 6, outcome: .completedByCaller, waited: 1, isAnswered: true, direction: "callback"),
            Ended(minute: 7, outcome: .notReached, waited: 1, direction: "outbound"),
        ])
        #expect(answer.offered == 6 && answer.shortDrops == 1 && answer.secretary == 1)
        #expect(answer.answered == 3 && answer.answeredInNorm == 2 && answer.broken == 1)
        #expect(answer.shareOfAccepted == 2.0 / 3)
        #expect(answer.shareOfOffered == 2.0 / 4)
    }

    @Test("K-02 Unanswered calls have two readings: all who gave up, and those who did before the norm had passed")
    func unanswered() async throws {
        let answer = try await Self.answer([
            Ended(minute: 0, outcome: .completedByCaller, waited: 10, isAnswered: true),
            Ended(minute: 1, outcome: .abandonedInQueue, waited: 59),
            Ended(minute: 2, outcome: .abandonedRinging, waited: 90),
            Ended(minute: 3, outcome: .abandonedInMenu, waited: 20),
            Ended(minute: 4, outcome: .callbackRequested, waited: 130),
            Ended(minute: 5, outcome: .shortDrop, waited: 2),
            Ended(minute: 6, outcome: .noMessage, waited: 0),
        ])
        #expect(answer.abandoned == 3 && answer.abandonedInNorm == 2 && answer.callbackRequested == 1)
        #expect(answer.unanswered == 3.0 / 5)
        #expect(answer.unansweredInNorm == 2.0 / 5)
    }

    @Test("K-03 Questioning and consultation are means of the answered calls; K-05 waits over 120 s are counted")
    func means() async throws {
        let answer = try await Self.answer([
            Ended(
                minute: 0, outcome: .completedByCaller, waited: 120, isAnswered: true, questioning: 100,
                consultation: 250),
            Ended(
                minute: 1, outcome: .completedByCaller, waited: 120.5, isAnswered: true, questioning: 200,
                consultation: 350),
            Ended(minute: 2, outcome: .abandonedInQueue, waited: 121, questioning: 900),
            // Whoever speaks to the secretary waits for nobody.
            Ended(minute: 3, outcome: .messageLeft, waited: 180),
        ])
        #expect(answer.meanQuestioning == 150 && answer.meanConsultation == 300)
        #expect(answer.waitedOverLimit == 2)
    }

    @Test("A-01 K-01 Who spoke with an operator and then left a message after closing is answered, and counted once")
    func spokenAndRecorded() async throws {
        let answer = try await Self.answer([
            Ended(minute: 0, outcome: .messageLeft, waited: 130, isAnswered: true),
            Ended(minute: 1, outcome: .noMessage, waited: 10, isAnswered: true),
            Ended(minute: 2, outcome: .messageLeft, waited: 180),
        ])
        #expect(answer.offered == 3 && answer.answered == 2 && answer.secretary == 1)
        #expect(answer.answeredInNorm == 1 && answer.waitedOverLimit == 1 && answer.shareOfOffered == 0.5)
    }

    @Test("K-01 An hour without calls has no shares, which is not zero")
    func empty() async throws {
        let answer = try await Self.answer([])
        #expect(answer.offered == 0 && answer.shareOfAccepted == nil && answer.shareOfOffered == nil)
        #expect(answer.unanswered == nil && answer.meanQuestioning == nil)
    }
}
