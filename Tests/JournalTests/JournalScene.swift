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

    /// A card that went its whole way.
    func closed(operatorID: String = "operator1") async throws -> AppealView {
        var card = AppealCard.sample
        card.measures = "Записана к терапевту"
        let draft = try await self.open(operatorID: operatorID)
        let done = try await self.hearing.ask(
            SaveAppeal(
                appealID: draft.appealID, revision: draft.revision, card: card, measuresDone: true,
                operatorID: operatorID))
        let told = try await self.hearing.ask(
            TellOutcome(
                appealID: done.appealID, channel: .conversation, operatorID: operatorID, revision: done.revision))
        return try await self.hearing.ask(CloseAppeal(appealID: told.appealID, operatorID: "admin"))
    }

    func forward(_ id: UUID, to organization: Organization) async throws -> AppealView {
        try await self.hearing.ask(
            ForwardAppeal(
                appealID: id, organization: organization, comment: "Прошу разобраться", operatorID: "operator1"))
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
