import Contracts
import Crypto
import Foundation
import Hummingbird
import Messaging
import OutboundHTTP
import Postgres
import TestSupport

@testable import CallIntake

/// Two exchanges that announce their calls to a server and a database of a test's own.
struct ForeignScene: Sendable {
    static let secret = "0123456789abcdef0123456789abcdef"
    static let otherSecret = "fedcba9876543210fedcba9876543210"
    static let rules = ForeignRules(shortDrop: 0, calendar: nil)

    let database: PostgresPool
    let url: String
    let client: OutboundHTTPClient

    var store: ForeignStore { ForeignStore(database: self.database) }

    static func run(
        limit: Int = 16, bodyDeadline: Duration = .seconds(15), _ body: (ForeignScene) async throws -> Void
    ) async throws {
        try await withTestDatabase(migrations: [.messaging, Self.migrations]) { database in
            let router = Router()
            let intake = ForeignIntake(
                store: ForeignStore(database: database), rules: Self.rules, logger: quietLogger())
            func key(_ exchange: String, _ secret: String) -> ForeignSignature.Key {
                .init(exchange: exchange, secret: SymmetricKey(data: Data(secret.utf8)))
            }
            ForeignRoutes(
                intake: intake,
                signature: ForeignSignature(keys: [
                    "k1": key("avaya", Self.secret), "k2": key("mango", Self.otherSecret),
                ]), limit: limit, bodyDeadline: bodyDeadline,
                logger: quietLogger()
            ).add(to: router)
            try await withServer(router) { url in
                try await body(
                    ForeignScene(database: database, url: url, client: OutboundHTTPClient(logger: quietLogger())))
            }
        }
    }

    // Not `Bundle.module`: these are the files as they are in the source.
    static let migrations = MigrationSet(
        component: "call-intake",
        directory: Self.root.appendingPathComponent("Services/CallIntake/Migrations"))

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    // MARK: Sending

    /// An event as JSON. `at` is so many seconds ago.
    static func event(_ id: String, _ call: String, _ type: String, ago: Double = 10, _ members: String = "") -> String
    {
        let at = Timestamp.string(from: Date().addingTimeInterval(-ago))
        let rest = members.isEmpty ? "" : "," + members
        return #"{"id":"\#(id)","call":"\#(call)","type":"\#(type)","at":"\#(at)"\#(rest)}"#
    }

    static func list(_ events: [String]) -> String { #"{"events":[\#(events.joined(separator: ","))]}"# }

    /// A call that an operator answered and whose line was lost; event ids begin with `prefix`.
    static func broken(_ call: String, prefix: String = "e", reason: String = "line-lost") -> [String] {
        [
            self.event("\(prefix)1", call, "offered", ago: 60, #""caller":"+79990000005","line":"122""#),
            self.event("\(prefix)2", call, "queued", ago: 58, #""queue":"first","position":1"#),
            self.event("\(prefix)3", call, "answered", ago: 40, #""operator":"operator1","ringSeconds":4"#),
            self.event("\(prefix)4", call, "ended", ago: 2, #""reason":"\#(reason)","cause":41"#),
        ]
    }

    static func header(_ body: String, key: String = "k1", secret: String = Self.secret, at: Date = Date()) -> String {
        let timestamp = Int64(at.timeIntervalSince1970)
        let code = HMAC<SHA256>.authenticationCode(
            for: ForeignSignature.signed(
                timestamp: timestamp, method: "POST", path: ForeignRoutes.path, body: Data(body.utf8)),
            using: SymmetricKey(data: Data(secret.utf8)))
        return "t=\(timestamp),k=\(key),v1=\(Data(code).hexadecimal)"
    }

    func post(_ body: String, header: String? = nil) async throws -> OutboundResponse {
        let headers = [(ForeignSignature.header, header ?? Self.header(body)), ("Content-Type", "application/json")]
        return try await self.client.execute(
            OutboundRequest(
                method: "POST", url: self.url + ForeignRoutes.path, headers: headers, body: .bytes(Array(body.utf8)),
                deadline: patience))
    }

    /// What an answer says of each event: `done`, `known` or the id of the refusal.
    static func results(_ answer: OutboundResponse) throws -> [String] {
        struct Answer: Decodable {
            struct Result: Decodable {
                let result: String
                let error: String?
            }
            let results: [Result]
        }
        return try JSONDecoder().decode(Answer.self, from: Data(answer.body)).results.map { $0.error ?? $0.result }
    }

    static func errorID(_ answer: OutboundResponse) throws -> String? {
        (try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: String])?["errorID"]
    }

    // MARK: Looking

    func announced<E: Event>(_ type: E.Type) async throws -> [E] {
        try await self.database.query(
            "SELECT body FROM outbox_message WHERE type = \(E.type) ORDER BY position"
        ).map { try MessageCoding.decoder.decode(E.self, from: try $0.decode("body", as: Data.self)) }
    }

    /// What was announced of a call, in order, with its numbers.
    func story(_ call: String, at exchange: String = "avaya") async throws -> [String] {
        let subject = "call/\(ForeignCall.id(of: call, at: exchange))"
        return try await self.database.query(
            "SELECT type || ' ' || subject_version FROM outbox_message WHERE subject = \(subject) ORDER BY position"
        ).map { try $0.decode(String.self) }
    }

    func count(_ table: String) async throws -> Int64 {
        try await self.database.query("SELECT count(*) FROM \(unsafeSQL: table)").first?.decode(Int64.self) ?? -1
    }
}
