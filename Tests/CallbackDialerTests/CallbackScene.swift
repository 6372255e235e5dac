import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import TestSupport
import Testing
import Vocabulary

@testable import CallbackDialer

/// A callback dialer on a database of its own, without its dialling loop.
struct CallbackScene: Sendable {
    static let rules = CallbackRules(maximumAttempts: 3, spacing: 30)

    let store: CallbackStore
    let hearing: Hearing

    static func run(_ body: (CallbackScene) async throws -> Void) async throws {
        try await withTestDatabase(migrations: [.messaging, Self.migrations]) { database in
            try await body(
                CallbackScene(
                    store: CallbackStore(database: database),
                    hearing: try Hearing(
                        .callbackDialer, CallbackEvents.handlers(Self.rules), database: database)))
        }
    }

    // Not `Bundle.module`: these are the files as they are in the source.
    private static let migrations = MigrationSet(
        component: "callback-dialer",
        directory: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Services/CallbackDialer/Migrations"))

    static func ended(
        _ id: UUID = UUID(), _ outcome: CallOutcome = .callerLineBroken, from number: String? = "+79990000001",
        at moment: Date = Date()
    ) -> CallEnded {
        CallEnded(
            callID: id, caller: CallerNumber(raw: number), outcome: outcome, cause: 38, operatorID: "operator1",
            receivedAt: moment.addingTimeInterval(-60), answeredAt: moment.addingTimeInterval(-50), endedAt: moment)
    }

    static func received(from number: String = "+79990000001", at moment: Date = Date()) -> CallReceived {
        CallReceived(callID: UUID(), caller: CallerNumber(raw: number), line: "122", receivedAt: moment)
    }

    static func finished(_ dial: DialCitizen, _ outcome: DialOutcome, at moment: Date = Date()) -> DialFinished {
        DialFinished(
            attemptID: dial.attemptID, callbackID: dial.callbackID, outcome: outcome,
            startedAt: moment.addingTimeInterval(-20), finishedAt: moment, callID: outcome == .answered ? UUID() : nil)
    }

    /// Claims the one attempt that is due, at once or after making it due.
    func claimNext() async throws -> DialCitizen {
        try await self.store.database.execute(
            "UPDATE dial_attempt SET due_at = now() WHERE state = 'scheduled'")
        let due = try await self.store.claimDue(limit: 10)
        #expect(due.count == 1)
        return try #require(due.first)
    }

    func view(of call: UUID) async throws -> CallbackView {
        try #require(try await self.store.list(ListCallbacks(callID: call)).first)
    }

    /// What a claim that nobody finished comes to.
    func expireClaims() async throws {
        try await self.store.database.execute(
            "UPDATE dial_attempt SET claimed_until = now() - interval '1 second' WHERE claimed_until IS NOT NULL")
    }
}
