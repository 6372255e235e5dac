import Contracts
package import Foundation
package import Messaging
package import Postgres

/// Lets a service hear events and asks it, through inbox, outbox and kept answers on its real database, without a
/// broker between.
package actor Hearing {
    private let database: PostgresPool
    private let inbox: Inbox
    private let requests: [RequestHandler]
    /// By source and subject.
    private var versions: [[String]: Int64] = [:]

    package init(
        _ service: ServiceName, _ handlers: [EventHandler], requests: [RequestHandler] = [], database: PostgresPool
    ) throws {
        self.database = database
        self.requests = requests
        self.inbox = Inbox(
            database: database, handlers: try handlers.checked(for: service, against: Contracts.registry))
    }

    /// The events as they come from the broker, numbered within their subjects.
    package func envelopes(_ events: [any Event]) throws -> [EventEnvelope] {
        try events.map { event in
            let type = Swift.type(of: event)
            let key = [type.source.rawValue, event.subject]
            self.versions[key, default: 0] += 1
            return EventEnvelope(
                id: MessageID.next(), source: type.source.rawValue, type: type.type, version: type.version,
                subject: event.subject, subjectVersion: self.versions[key] ?? 1, time: Date(), traceparent: nil,
                body: Array(try MessageCoding.encoder.encode(event)))
        }
    }

    /// One delivery of these events in one transaction.
    /// - Returns: how many were handled.
    @discardableResult package func take(_ envelopes: [EventEnvelope]) async throws -> Int {
        try await self.inbox.take(envelopes)
    }

    @discardableResult package func hear(_ events: any Event...) async throws -> Int {
        try await self.hear(events)
    }

    @discardableResult package func hear(_ events: [any Event]) async throws -> Int {
        try await self.inbox.take(try self.envelopes(events))
    }

    /// What the service has announced so far, oldest first.
    package func announced<E: Event>(_ type: E.Type) async throws -> [E] {
        try await self.database.query(
            "SELECT body FROM outbox_message WHERE type = \(E.type) ORDER BY position"
        ).map { try MessageCoding.decoder.decode(E.self, from: try $0.decode("body", as: Data.self)) }
    }

    package nonisolated func encoded(_ request: some Request) throws -> Data {
        try MessageCoding.encoder.encode(request)
    }

    package nonisolated func ask<R: Request>(_ request: R, key: UUID = MessageID.next()) async throws -> R.Answer {
        try await self.ask(R.self, try self.encoded(request), key: key)
    }

    /// Asks with the bytes of a request, as they are sent again when an answer got lost.
    package nonisolated func ask<R: Request>(_ type: R.Type, _ request: Data, key: UUID) async throws -> R.Answer {
        guard let handler = self.requests.first(where: { $0.type == R.type }) else {
            throw RequestError(kind: .unavailable, request: R.type)
        }
        let answer = try await handler.answer(request, key, self.database)
        return try MessageCoding.decoder.decode(R.Answer.self, from: answer)
    }
}
