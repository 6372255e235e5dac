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
    /// The rules as they stand without settings, every day in Saratov.
    static func rules(
        hours: String = "00:00-24:00", days: CallingHours.Days = .all, own: [String] = []
    ) -> CallbackRules {
        guard let hours = try? OpeningHours(parsing: hours),
            let production = try? ProductionCalendar.bundled()
        else { fatalError("the calendar of the tests cannot be read") }
        var rules = CallbackRules(
            rules: [:], hours: CallingHours(hours, days: days, in: self.zone, production: production))
        rules.dialing.ownNumbers = Set(own.compactMap { try? PhoneNumber(parsing: $0) })
        return rules
    }

    let store: CallbackStore
    let hearing: Hearing

    static func run(_ body: (CallbackScene) async throws -> Void) async throws {
        try await withTestDatabase(migrations: [.messaging, Self.migrations]) { database in
            let isRegistered = try await CallbackStore.register(.standard, in: database)
            #expect(isRegistered)
            try await body(
                CallbackScene(
                    store: CallbackStore(database: database),
                    hearing: try Hearing(
                        .callbackDialer, CallbackEvents.handlers(Self.rules()), database: database)))
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
        let isAnswered = ![.callbackRequested, .abandonedInQueue, .abandonedRinging].contains(outcome)
        return CallEnded(
            callID: id, caller: CallerNumber(raw: number), outcome: outcome, cause: 38, operatorID: "operator1",
            receivedAt: moment.addingTimeInterval(-60), answeredAt: isAnswered ? moment.addingTimeInterval(-50) : nil,
            endedAt: moment)
    }

    static func received(from number: String = "+79990000001", at moment: Date = Date()) -> CallReceived {
        CallReceived(callID: UUID(), caller: CallerNumber(raw: number), line: "122", receivedAt: moment)
    }

    static func finished(_ dial: DialCitizen, _ outcome: DialOutcome, at moment: Date = Date()) -> DialFinished {
        DialFinished(
            attemptID: dial.attemptID, callbackID: dial.callbackID, outcome: outcome,
            startedAt: moment.addingTimeInterval(-20), finishedAt: moment,
            callID: outcome == .answered ? Self.callID(of: dial) : nil, ringingAt: moment.addingTimeInterval(-15),
            acceptedAt: moment.addingTimeInterval(-20))
    }

    /// The call in which a citizen answers a dial.
    static func callID(of dial: DialCitizen) -> UUID { UUID(version5: dial.attemptID, name: "call") }

    /// The citizen who answered speaks with an operator.
    static func joined(_ dial: DialCitizen, at moment: Date = Date()) -> CallAnswered {
        CallAnswered(
            callID: Self.callID(of: dial), caller: .known(dial.number), operatorID: "operator2",
            receivedAt: moment.addingTimeInterval(-3), answeredAt: moment, callbackID: dial.callbackID,
            originalCallID: dial.originalCallID)
    }

    /// That conversation is over after a minute.
    static func spoken(_ joined: CallAnswered) -> CallEnded {
        CallEnded(
            callID: joined.callID, caller: joined.caller, outcome: .completedByCaller, cause: 16,
            operatorID: joined.operatorID, receivedAt: joined.receivedAt, answeredAt: joined.answeredAt,
            endedAt: joined.answeredAt.addingTimeInterval(60), callbackID: joined.callbackID,
            originalCallID: joined.originalCallID)
    }

    /// The first dial after a break, as call-intake makes it by itself.
    static func selfDial(_ call: CallEnded) throws -> DialCitizen {
        DialCitizen(
            attemptID: CallbackIdentity.attempt(of: call.callID, 1),
            callbackID: CallbackIdentity.callback(of: call.callID), number: try #require(call.caller.number),
            preferredOperatorID: nil, originalCallID: call.callID)
    }

    /// The citizen who answered hangs up before an operator is there.
    static func leftAlone(_ dial: DialCitizen, at moment: Date = Date()) -> CallEnded {
        CallEnded(
            callID: Self.callID(of: dial), caller: .known(dial.number), outcome: .abandonedInQueue, cause: 16,
            operatorID: nil, receivedAt: moment.addingTimeInterval(-9), answeredAt: nil, endedAt: moment,
            callbackID: dial.callbackID, originalCallID: dial.originalCallID)
    }

    static let scripts = VoiceScripts(zone: Self.zone)

    static var zone: RegionTimeZone {
        guard let zone = try? RegionTimeZone(identifier: "Europe/Saratov") else { fatalError("no such time zone") }
        return zone
    }

    func claimDue(_ lane: DialLane = .urgent, limit: Int = 10) async throws -> [DialCitizen] {
        try await self.store.claimDue(
            lane, limit: limit, scripts: Self.scripts, personalWait: 1800)
    }

    var isAnythingDue: Bool {
        get async throws {
            for lane in DialLane.allCases where try await self.store.nextDue(lane) != nil { return true }
            return false
        }
    }

    /// As the request handlers do it.
    func requests(_ rules: CallbackRules = CallbackScene.rules()) -> CallbackRequests {
        CallbackRequests(store: self.store, rules: rules)
    }

    func schedule(_ request: ScheduleCallback, _ rules: CallbackRules = CallbackScene.rules()) async throws
        -> CallbackView
    {
        let requests = self.requests(rules)
        return try await self.store.database.transaction { try await requests.schedule(request, in: $0) }
    }

    /// Claims the one attempt that is due, at once or after making it due.
    func claimNext(_ lane: DialLane = .urgent) async throws -> DialCitizen {
        try await self.store.database.execute(
            """
            UPDATE dial_attempt SET due_at = now(), place_at = least(place_at, now()), claimed_until = NULL
            WHERE state = 'scheduled'
            """)
        let due = try await self.claimDue(lane)
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
