import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import OutboundHTTP
import Postgres
import TestSupport
import Testing
import Vocabulary

@testable import Notifier

/// A notifier on a database and a spool folder of its own; mail goes to the peer.
struct NotifierScene: Sendable {
    private static let services = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Services/Notifier")
    // Not `Bundle.module`: these are the files as they are in the source.
    private static let migrations = MigrationSet(
        component: "notifier", directory: Self.services.appendingPathComponent("Migrations"))
    static let templates = Self.services.appendingPathComponent("Templates")

    let database: PostgresPool
    let hearing: Hearing
    let spool: URL
    let delivery: Delivery

    var store: MessageStore { self.delivery.store }

    static func run(_ body: (NotifierScene) async throws -> Void) async throws {
        let spool = FileManager.default.temporaryDirectory.appendingPathComponent("spool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: spool, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: spool) }
        let peer = try MailPeer.shared.get()
        let texts = try await MessageTexts(directory: Self.templates)
        try await withTestDatabase(migrations: [.messaging, Self.migrations]) { database in
            let mail = MailChannel(
                http: OutboundHTTPClient(logger: quietLogger()), server: peer.server,
                sender: .init("line@example.ru"))
            let rules = MessageRules(hasSMTP: true, zone: try RegionTimeZone(identifier: "Europe/Moscow"))
            try await body(
                NotifierScene(
                    database: database,
                    hearing: try Hearing(.notifier, MessageEvents.handlers(rules), database: database), spool: spool,
                    delivery: Delivery(
                        store: MessageStore(database: database), texts: texts, spool: SpoolChannel(directory: spool),
                        mail: mail, logger: quietLogger())))
        }
    }

    /// What is due on all channels.
    func deliverDue() async {
        for channel in OutgoingMessage.Channel.allCases { _ = await self.delivery.deliverDue(channel) }
    }

    struct Row: Equatable {
        let template: String
        let channel: String
        let state: String
        let attempt: Int32
    }

    func rows() async throws -> [Row] {
        try await self.database.query(
            "SELECT template, channel, state, attempt FROM message ORDER BY template, id"
        ).map { row in
            let (template, channel, state, attempt) = try row.decode(
                String.self, String.self, String.self, Int32.self)
            return Row(template: template, channel: channel, state: state, attempt: attempt)
        }
    }

    /// Seconds from now until the only message is due again.
    func delay() async throws -> Double {
        try #require(
            try await self.database.query(
                "SELECT extract(epoch FROM run_at - now())::float8 AS delay FROM message"
            ).first?.decode("delay", as: Double.self))
    }

    func makeDue() async throws {
        try await self.database.execute("UPDATE message SET run_at = now() WHERE state = 'retryable'")
    }

    func expireClaims() async throws {
        try await self.database.execute(
            "UPDATE message SET claimed_until = now() - interval '1 second' WHERE state = 'sending'")
    }

    func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: self.spool.path).sorted()
    }

    func announced() async throws -> [MessageState] {
        try await self.hearing.announced(MessageFinished.self).compactMap(\.state)
    }
}

enum Samples {
    static let appealID = UUID()
    static var phone: PhoneNumber? { try? PhoneNumber(parsing: "+79990000001") }
    static let moment = Date(timeIntervalSince1970: 1_795_230_000)

    static func registered(phone: PhoneNumber? = Self.phone) -> AppealRegistered {
        AppealRegistered(
            appealID: Self.appealID, number: "64-2026-000017", callID: UUID(), operatorID: "operator1",
            topic: .complaint, phone: phone, registeredAt: Self.moment)
    }

    static func forwarded(to email: String?, comment: String = "Прошу разобраться") -> AppealForwarded {
        AppealForwarded(
            appealID: Self.appealID, number: "64-2026-000017",
            organization: Organization(organizationID: "gp-1", name: "Поликлиника № 1", email: email),
            topic: .complaint, comment: comment, operatorID: "operator1", forwardedAt: Self.moment)
    }

    static func visit(room: String? = "215") -> Visit {
        Visit(
            clinicID: "17", clinicName: "ГБУЗ «Поликлиника № 1» & филиал", specialityID: "1",
            specialityName: "Врач-терапевт", doctorID: "2", doctorName: "Иванова Ирина Ильинична", slotID: "3",
            startsAt: Self.moment, room: room)
    }

    static func confirmed(room: String? = "215") -> BookingConfirmed {
        BookingConfirmed(
            bookingID: UUID(), appealID: Self.appealID, operatorID: "operator1", visit: Self.visit(room: room),
            patientPhone: Self.phone,
            confirmedAt: Self.moment)
    }

    static var cancelled: BookingCancelled {
        BookingCancelled(
            bookingID: UUID(), appealID: Self.appealID, operatorID: "operator1", visit: Self.visit(),
            patientPhone: Self.phone,
            cancelledAt: Self.moment)
    }

    static func requested(_ kind: CallbackKind? = nil) throws -> CallbackRequested {
        CallbackRequested(
            callbackID: UUID(), callID: UUID(), number: try #require(Self.phone), operatorID: nil,
            brokenAt: Self.moment, firstDialDue: Self.moment, kind: kind)
    }

    static var reminderFailed: CallbackFinished {
        var event = Self.callbackFinished(.exhausted, isToldByMessage: true)
        event.kind = .appointmentReminder
        event.visit = Self.visit()
        return event
    }

    static var requestFailed: CallbackFinished {
        var event = Self.callbackFinished(.exhausted, isToldByMessage: true)
        event.kind = .requested
        return event
    }

    static func callbackFinished(_ state: CallbackState, isToldByMessage: Bool? = nil) -> CallbackFinished {
        var event = CallbackFinished(
            callbackID: UUID(), callID: UUID(), number: Self.phone, operatorID: nil, state: state, reason: nil,
            attempts: 3, finishedAt: Self.moment)
        event.isToldByMessage = isToldByMessage
        return event
    }
}
