import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct ValueTests {
    @Test func scalarsComeBackAsTheyWereSent() async throws {
        try await withTestDatabase { pool in
            let id = UUID()
            let moment = Date(timeIntervalSince1970: 1_773_043_200.25)
            let row = try await pool.query(
                """
                SELECT \(true), \(Int16.min), \(Int32.max), \(Int64.min), \(42), \(-0.5), \("Ёлка 😀"), \(id), \(moment),
                       \(Data([0, 255, 1])), \([UInt8]()), \(String?.none)
                """)[0]
            let all = try row.decode(
                Bool.self, Int16.self, Int32.self, Int64.self, Int.self, Double.self, String.self, UUID.self, Date.self,
                Data.self, [UInt8].self, String?.self)
            #expect(all.0 && all.1 == .min && all.2 == .max && all.3 == .min && all.4 == 42 && all.5 == -0.5)
            #expect(all.6 == "Ёлка 😀")
            #expect(all.7 == id)
            #expect(all.8 == moment)
            #expect(all.9 == Data([0, 255, 1]))
            #expect(all.10.isEmpty)
            #expect(all.11 == nil)
        }
    }

    @Test func arraysKeepTheirNulls() async throws {
        try await withTestDatabase { pool in
            let ids = [UUID(), UUID()]
            let row = try await pool.query(
                """
                SELECT \([1, nil, 3] as [Int?]), \(["a", nil, ""] as [String?]), \(ids), \([Int]()),
                       \([Data([1]), Data()]), \([true, false])
                """)[0]
            let all = try row.decode([Int?].self, [String?].self, [UUID].self, [Int].self, [Data].self, [Bool].self)
            #expect(all.0 == [1, nil, 3])
            #expect(all.1 == ["a", nil, ""])
            #expect(all.2 == ids)
            #expect(all.3.isEmpty)
            #expect(all.4 == [Data([1]), Data()])
            #expect(all.5 == [true, false])
        }
    }

    @Test func theServerUnderstandsWhatIsBound() async throws {
        try await withTestDatabase { pool in
            let moment = try Date("2026-03-09T08:15:30Z", strategy: .iso8601)
            let (text, sum, day) = try await pool.query(
                """
                SELECT to_char(\(moment) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
                       (SELECT sum(x) FROM unnest(\([1, 2, nil, 4] as [Int?])) AS x)::text, date '1999-12-31'
                """)[0].decode(String.self, String.self, String.self)
            #expect(text == "2026-03-09 08:15:30")
            #expect(sum == "7")
            #expect(day == "1999-12-31")
        }
    }

    struct Card: Codable, Equatable, Sendable {
        var name: String
        var at: Date
    }

    @Test func jsonDocumentsComeBackAndAreQueryable() async throws {
        try await withTestDatabase { pool in
            let card = Card(name: "карта", at: Date(timeIntervalSince1970: 1_773_043_200.5))
            let row = try await pool.query("SELECT \(PostgresJSON(card)) AS card, \(PostgresJSON(card)) ->> 'name'")[0]
            #expect(try row.decode("card", as: PostgresJSON<Card>.self).value == card)
            #expect(try row.decode(PostgresJSON<Card>.self, String.self).1 == "карта")
        }
    }

    @Test(arguments: ["0", "1", "-1.50", "10000", "0.0001", "123456789.000010", "-99999999999999999999.5", "NaN"])
    func numericsReadAsTheServerPrintsThem(text: String) async throws {
        try await withTestDatabase { pool in
            let row = try await pool.query("SELECT \(text)::text::numeric, \(text)::text::numeric::text")[0]
            let (ours, theirs) = try row.decode(String.self, String.self)
            #expect(ours == theirs)
        }
    }

    @Test func daysReadAsTheServerPrintsThem() async throws {
        try await withTestDatabase { pool in
            let rows = try await pool.query(
                "SELECT d::date, d::date::text FROM generate_series('0004-01-01', '2400-03-01', interval '97 days') d")
            #expect(rows.count > 9000)
            for row in rows {
                let (ours, theirs) = try row.decode(String.self, String.self)
                #expect(ours == theirs)
            }
        }
    }

    @Test func aNullOrAnotherTypeIsRefusedWithTheColumnsName() async throws {
        try await withTestDatabase { pool in
            let row = try await pool.query("SELECT NULL::bigint AS empty, 'x'::text AS word, 70000 AS big")[0]
            for attempt in [
                { _ = try row.decode("empty", as: Int.self) }, { _ = try row.decode("word", as: Int.self) },
                { _ = try row.decode("big", as: Int16.self) }, { _ = try row.decode("absent", as: Int.self) },
            ] {
                #expect { try attempt() } throws: { ($0 as? PostgresError)?.kind == .decoding }
            }
        }
    }

    @Test func arraysOfArraysAreRefused() async throws {
        try await withTestDatabase { pool in
            await #expect { _ = try await pool.query("SELECT \([[1], [2]])") } throws: {
                ($0 as? PostgresError)?.kind == .encoding
            }
        }
    }
}
