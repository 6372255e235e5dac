import Foundation
import Messaging
import Postgres

/// The state that the handlers of these tests write: one row for each event handled, in the order of handling.
/// Written in the handler's transaction, so it says what took effect and nothing else.
enum Ledger {
    static func create(in database: PostgresPool) async throws {
        try await database.runScript(
            """
            CREATE TABLE ledger (place bigint GENERATED ALWAYS AS IDENTITY, subject text, kind text, note text);
            CREATE TABLE counter (total bigint NOT NULL); INSERT INTO counter VALUES (0);
            """)
    }

    static func write(_ kind: String, _ subject: String, _ note: String, in transaction: Transaction) async throws {
        try await transaction.execute(
            "INSERT INTO ledger (subject, kind, note) VALUES (\(subject), \(kind), \(note))")
    }

    /// `kind note` of what was handled, in order.
    static func lines(of subject: String, in database: PostgresPool) async throws -> [String] {
        try await database.query("SELECT note FROM ledger WHERE subject = \(subject) ORDER BY place").map {
            try $0.decode(String.self)
        }
    }

    static func count(in database: PostgresPool) async throws -> Int64 {
        try await Self.number("SELECT count(*) FROM ledger", in: database)
    }

    static func number(_ query: PostgresQuery, in database: PostgresPool) async throws -> Int64 {
        guard let row = try await database.query(query).first else { return -1 }
        return try row.decode(Int64.self)
    }
}

/// Handlers that write each event into the ledger; one whose note is `poison` fails for ever.
enum LedgerHandlers {
    static let orders: [EventHandler] = [
        .every(OrderPlaced.self) { batch, transaction in
            for event in batch {
                if event.note == "poison" { throw Broken() }
                try await Ledger.write("placed", event.subject, event.note, in: transaction)
            }
        },
        .every(OrderClosed.self) { batch, transaction in
            for event in batch { try await Ledger.write("closed", event.subject, event.note, in: transaction) }
        },
    ]

    static let stock: [EventHandler] = [
        .latest(StockCounted.self) { batch, transaction in
            for event in batch { try await Ledger.write("stock", event.subject, "\(event.amount)", in: transaction) }
        }
    ]
}
