import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import Testing

@testable import Journal

@Suite(.timeLimit(.minutes(10))) struct AppealNumberTests {
    private struct Crash: Error {}

    /// The region's, in which New Year comes hours before that of the machine.
    private static var year: Int {
        var calendar = Calendar(identifier: .gregorian)
        if let zone = TimeZone(identifier: JournalScene.zone) { calendar.timeZone = zone }
        return calendar.component(.year, from: Date())
    }

    @Test("J-02 Numbers have no gap and no repeat under 16 registrations at once, failed ones in between")
    func gapless() async throws {
        try await JournalScene.run { scene in
            let numbers = try await withThrowingTaskGroup(of: [String].self) { group in
                for worker in 0..<16 {
                    group.addTask {
                        var numbers: [String] = []
                        for round in 0..<4 {
                            if (worker + round).isMultiple(of: 2) { try await Self.failAfterNumber(scene) }
                            numbers.append(try #require(try await scene.registered().number))
                        }
                        return numbers
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            let year = Self.year
            let expected = (1...64).map { "64-\(year)-" + String(repeating: "0", count: $0 < 10 ? 5 : 4) + "\($0)" }
            #expect(numbers.sorted() == expected)
            // The failed ones left nothing.
            #expect(try await scene.hearing.announced(AppealRegistered.self).map(\.number).sorted() == expected)
            #expect(try await scene.count("appeal WHERE number IS NOT NULL") == 64)
        }
    }

    /// Takes a number in a transaction that ends badly.
    private static func failAfterNumber(_ scene: JournalScene) async throws {
        let draft = try await scene.open()
        await #expect(throws: Crash.self) {
            try await scene.database.transaction { transaction in
                _ = try await AppealStore.register(
                    [(draft.appealID, .inWork, "operator1")], region: JournalScene.region,
                    timeZone: JournalScene.zone, in: transaction)
                throw Crash()
            }
        }
    }

    @Test("J-02 The year of a number is the region's, and each year counts from one")
    func newYear() async throws {
        try await JournalScene.run { scene in
            // 23:30 and 00:30 in Saratov; in London it is still the old year both times.
            let before = try #require(ISO8601DateFormatter().date(from: "2026-12-31T19:30:00Z"))
            let after = before.addingTimeInterval(3600)
            var numbers: [String] = []
            for moment in [before, before, after] {
                let draft = try await scene.open()
                let registered = try await scene.database.transaction { transaction in
                    try #require(
                        try await AppealStore.register(
                            [(draft.appealID, .inWork, "operator1")], region: JournalScene.region,
                            timeZone: JournalScene.zone, at: moment, in: transaction)[draft.appealID])
                }
                #expect(registered.at == moment)
                numbers.append(registered.number)
            }
            #expect(numbers == ["64-2026-000001", "64-2026-000002", "64-2027-000001"])
        }
    }

    @Test("J-02 A number longer than six digits is not cut")
    func longNumber() async throws {
        try await JournalScene.run { scene in
            let year = Self.year
            try await scene.database.execute(
                "INSERT INTO appeal_number (region, year, last) VALUES ('64', \(Int32(year)), 999999)")
            #expect(try await scene.registered().number == "64-\(year)-1000000")
        }
    }

    private func order(_ scene: JournalScene) async throws -> SaveAppeal {
        SaveAppeal(
            appealID: try await scene.open().appealID, revision: 0, card: .sample, measuresDone: false,
            operatorID: "operator1")
    }

    @Test("J-02 An order that was sent twice gives one number and one answer")
    func repeatedOrder() async throws {
        try await JournalScene.run { scene in
            let key = UUID()
            let sent = try scene.hearing.encoded(try await self.order(scene))
            let first = try await scene.hearing.ask(SaveAppeal.self, sent, key: key)
            let second = try await scene.hearing.ask(SaveAppeal.self, sent, key: key)
            #expect(first.number != nil && first.number == second.number && second.revision == 1)
            #expect(try await scene.hearing.announced(AppealRegistered.self).count == 1)
        }
    }

    @Test("J-02 An order that a person repeats with its key gives one number and one answer")
    func repeatedByAPerson() async throws {
        try await JournalScene.run { scene in
            let key = UUID()
            let order = try await self.order(scene)
            let first = try await scene.hearing.ask(order, key: key)
            // Written anew by the page, not the same bytes sent again.
            let second = try await scene.hearing.ask(order, key: key)
            #expect(first.number == second.number && second.revision == 1)
            #expect(try await scene.hearing.announced(AppealRegistered.self).count == 1)
        }
    }
}
