import AMQP
import Contracts
import Foundation
import Messaging
import Postgres
import TestSupport
import Testing

@testable import CallIntake

/// Where operators and supervisors are rung: on telephones of the exchange and nowhere else.
@Suite struct TelephoneListTests {
    @Test(
        "A-13 No outside number, trunk or emergency number is a telephone of the exchange",
        arguments: [
            "79160001122", "+79160001122", "89160001122", "trunk122", "112", "103", "12", "100000", "", "1001@trunk122",
            "1001&PJSIP/79160001122", "٢٠٠١",
        ])
    func refused(telephone: String) {
        #expect(!TelephoneList.standard.contains(telephone))
    }

    @Test("A-13 Inside numbers are; a list narrows them and names others")
    func list() throws {
        #expect(["1001", "900", "20010"].allSatisfy(TelephoneList.standard.contains))
        let list = try #require(TelephoneList(parsing: "1000-1099, 801,reception"))
        #expect(["1000", "1099", "801", "reception"].allSatisfy(list.contains))
        #expect(!["1100", "999", "0801", "01000", "802", "Reception", "trunk122"].contains(where: list.contains))
    }

    @Test(
        "A-13 A list that cannot be read is refused",
        arguments: ["", "2-1", "1000-", "1000000", "a b", "+7916", "1-2-3"])
    func unreadable(text: String) {
        #expect(TelephoneList(parsing: text) == nil)
    }

    private static func requests(_ scene: LineStore, _ exchanges: [String]) throws -> LineRequests {
        let broker = AMQPClient(
            try AMQPSettings(url: "amqp://nobody:x@127.0.0.1:1/none"), topology: AMQPTopology(), logger: quietLogger())
        return LineRequests(
            exchanges: exchanges,
            telephones: ["east": .standard, "west": try #require(TelephoneList(parsing: "2000-2999"))], plan: .bare,
            directory: LineDirectory(), database: scene.database,
            client: RequestClient(service: .callIntake, broker: broker, logger: quietLogger()))
    }

    private static let migrations = MigrationSet(
        component: "call-intake",
        directory: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Services/CallIntake/Migrations"))

    @Test("A-13 Neither listening nor signing in rings anything but a telephone of the exchange that is meant")
    func requests() async throws {
        try await withTestDatabase(migrations: [.messaging, Self.migrations]) { database in
            let store = LineStore(database: database, exchange: "east")
            let requests = try Self.requests(store, ["east", "west"])
            func refusal(_ telephone: String, listening: Bool) async -> String? {
                do {
                    if listening {
                        _ = try await requests.supervise(
                            SuperviseCall(callID: UUID(), supervisorID: "boss", telephone: telephone, mode: .listen),
                            key: UUID())
                    } else {
                        _ = try await requests.setOperator(
                            SetOperatorState(
                                operatorID: "1", displayName: "Оператор", telephone: telephone, state: .ready),
                            key: UUID())
                    }
                    return nil
                } catch {
                    return (error as? Refusal)?.errorID
                }
            }
            for listening in [true, false] {
                for telephone in ["79160001122", "trunk122", "1", "", "1001&1002", "112"] {
                    #expect(await refusal(telephone, listening: listening) == "telephone-unknown", "\(telephone)")
                }
                for telephone in ["79160001122@trunk122", "1001@trunk122", "1001@", "1001@east@west", "@"] {
                    #expect(await refusal(telephone, listening: listening) == "exchange-unknown", "\(telephone)")
                }
            }
            // At home in the wrong exchange.
            #expect(await refusal("1001@west", listening: false) == "telephone-unknown")
            #expect(await refusal("2001@west", listening: true) == "telephone-elsewhere")
        }
    }
}
