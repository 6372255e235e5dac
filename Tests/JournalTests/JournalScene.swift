import Configuration
import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import ServiceSupport
import TestSupport
import Testing
import Vocabulary

@testable import Journal

/// A journal on a database of its own.
struct JournalScene: Sendable {
    static let region = "64"
    static let zone = "Europe/Saratov"

    let database: PostgresPool
    let hearing: Hearing

    static func run(_ body: (JournalScene) async throws -> Void) async throws {
        try await withTestDatabase(
            migrations: [.messaging, Self.migrations], configure: { $0.maximumConnections = 16 }
        ) { database in
            let settings = try JournalSettings(
                Settings(
                    ConfigReader(
                        provider: InMemoryProvider(values: [
                            "region.code": .init(.string(Self.region), isSecret: false),
                            "line.time.zone": .init(.string(Self.zone), isSecret: false),
                        ]))))
            let requests = AppealRequests(store: AppealStore(database: database), settings: settings)
            let hearing = try Hearing(
                .journal, JournalEvents.handlers, requests: requests.handlers, database: database)
            try await body(JournalScene(database: database, hearing: hearing))
        }
    }

    // Not `Bundle.module`: these are the files as they are in the source.
    private static let migrations = MigrationSet(
        component: "journal",
        directory: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Services/Journal/Migrations"))

    func open(_ id: UUID = UUID(), operatorID: String = "operator1") async throws -> AppealView {
        try await self.hearing.ask(OpenAppeal(appealID: id, operatorID: operatorID))
    }

    func save(
        _ id: UUID, revision: Int = 0, _ card: AppealCard = .sample, measuresDone: Bool = false
    ) async throws -> AppealView {
        try await self.hearing.ask(
            SaveAppeal(
                appealID: id, revision: revision, card: card, measuresDone: measuresDone, operatorID: "operator1"))
    }

    func registered() async throws -> AppealView { try await self.save(try await self.open().appealID) }

    /// A registered card whose measures are all taken.
    func done(
        operatorID: String = "operator1", _ change: (inout AppealCard) -> Void = { _ in }
    ) async throws -> AppealView {
        var card = AppealCard.sample
        card.measures = "Записана к терапевту"
        change(&card)
        return try await self.hearing.ask(
            SaveAppeal(
                appealID: try await self.open(operatorID: operatorID).appealID, revision: 0, card: card,
                measuresDone: true, operatorID: operatorID))
    }

    /// - Parameter revision: nil for the one that the card has.
    func tell(
        _ id: UUID, _ channel: OutcomeChannel, revision: Int? = nil, operatorID: String = "operator1"
    ) async throws -> AppealView {
        try await self.hearing.ask(
            TellOutcome(
                appealID: id, channel: channel, operatorID: operatorID,
                revision: try await self.revision(revision, of: id)))
    }

    /// - Parameter revision: nil for the one that the card has.
    func close(_ id: UUID, revision: Int? = nil) async throws -> AppealView {
        try await self.hearing.ask(
            CloseAppeal(
                appealID: id, operatorID: "admin1", revision: try await self.revision(revision, of: id),
                isAdministrator: true))
    }

    /// A card that went its whole way.
    func closed(operatorID: String = "operator1") async throws -> AppealView {
        let done = try await self.done(operatorID: operatorID)
        return try await self.close(
            try await self.tell(done.appealID, .conversation, operatorID: operatorID).appealID)
    }

    /// The card of a call, closed.
    func closed(_ call: SampleCall) async throws -> AppealView {
        let appealID = try #require(try await self.hearing.ask(ListAppeals(callID: call.id)).first).appealID
        var card = AppealCard.sample
        card.measures = "Записана к терапевту"
        _ = try await self.save(appealID, card, measuresDone: true)
        return try await self.close(try await self.tell(appealID, .conversation).appealID)
    }

    /// - Parameter revision: nil for the one that the card has.
    func forward(
        _ id: UUID, to organization: Organization, revision: Int? = nil, operatorID: String = "operator1"
    ) async throws -> AppealView {
        try await self.hearing.ask(
            ForwardAppeal(
                appealID: id, organization: organization, comment: "Прошу разобраться", operatorID: operatorID,
                revision: try await self.revision(revision, of: id)))
    }

    private func revision(_ given: Int?, of id: UUID) async throws -> Int {
        if let given { return given }
        return Int(
            try await self.database.query("SELECT revision FROM appeal WHERE id = \(id)").first?.decode(
                "revision", as: Int32.self) ?? 0)
    }

    /// - Returns: the refusal's id; nil when nothing was refused.
    func refusal(_ body: () async throws -> AppealView) async throws -> String? {
        do {
            _ = try await body()
            return nil
        } catch let refusal as Refusal {
            #expect(!refusal.message.isEmpty)
            return refusal.errorID
        }
    }

    /// Returns when somebody waits for a row that somebody else holds.
    func waitForLock() async throws {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            let waiting = try await self.database.query(
                "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
            if !waiting.isEmpty { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw RequestError(kind: .timedOut, request: "lock")
    }

    func count(_ table: String) async throws -> Int {
        Int(
            try await self.database.query("SELECT count(*) FROM \(unsafeSQL: table)").first?.decode(
                "count", as: Int64.self) ?? -1)
    }
}

extension AppealCard {
    static var sample: AppealCard {
        AppealCard(
            applicant: PersonName(family: "Петрова", given: "Анна", patronymic: "Ильинична"),
            phone: try? PhoneNumber(parsing: "+79990000001"), topic: .appointment, essence: "Нужна запись к терапевту")
    }
}

/// A call with the moments of its life.
struct SampleCall {
    var id = UUID()
    var number = "+79990000001"
    var start = Date(timeIntervalSince1970: 1_795_230_000)
    var callbackID: UUID?
    var originalCallID: UUID?

    var caller: CallerNumber { CallerNumber(raw: self.number) }
    var received: CallReceived {
        CallReceived(callID: self.id, caller: self.caller, line: "122", receivedAt: self.start)
    }
    func answered(by operatorID: String = "operator1") -> CallAnswered {
        CallAnswered(
            callID: self.id, caller: self.caller, operatorID: operatorID, receivedAt: self.start,
            answeredAt: self.start.addingTimeInterval(5), callbackID: self.callbackID,
            originalCallID: self.originalCallID)
    }
    func ended(_ outcome: CallOutcome) -> CallEnded {
        CallEnded(
            callID: self.id, caller: self.caller, outcome: outcome, cause: outcome.isBroken ? 38 : 16,
            operatorID: outcome.isAbandoned ? nil : "operator1", receivedAt: self.start,
            answeredAt: outcome.isAbandoned ? nil : self.start.addingTimeInterval(5),
            endedAt: self.start.addingTimeInterval(60), callbackID: self.callbackID,
            originalCallID: self.originalCallID)
    }
}
