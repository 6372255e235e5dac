import Contracts
import Foundation
import Messaging
import NIOConcurrencyHelpers
import TestSupport
import Testing
import Vocabulary

@testable import OperatorDesk

/// The routes of cards: who asks travels in every order, and the journal decides (J-04).
@Suite(.timeLimit(.minutes(10))) struct AppealRoutesTests {
    private typealias Asked = NIOLockedValueBox<[any Messaging.Request]>

    private static func view(_ id: UUID, _ state: AppealState = .inWork) -> AppealView {
        AppealView(
            appealID: id, number: "64-2026-000001", state: state, revision: 3,
            card: AppealCard(phone: try? PhoneNumber(parsing: "+79990000001")), callID: UUID(),
            operatorID: "operator1", openedAt: Date(), registeredAt: Date(), forwardings: [], history: [],
            channel: .hotLine, messages: [], offeredTo: ["level2"])
    }

    /// A journal that writes down what it is asked and answers a card of operator1's.
    private static func run(
        _ state: AppealState = .inWork, _ body: (DeskServer, Asked) async throws -> Void
    ) async throws {
        let asked = Asked([])
        @Sendable func answer(_ request: any Messaging.Request, _ id: UUID) -> AppealView {
            asked.withLockedValue { $0.append(request) }
            return Self.view(id, state)
        }
        let journal: [RequestHandler] = [
            .read(GetAppeal.self) { answer($0, $0.appealID) },
            .read(ListAppeals.self) { request in
                asked.withLockedValue { $0.append(request) }
                return []
            },
            .effect(OpenAppeal.self) { request, _ in
                _ = answer(request, request.appealID)
                guard request.operatorID == "operator1" else { throw Refusal.keyReused }
                return Self.view(request.appealID, .draft)
            },
            .effect(SaveAppeal.self) { request, _ in answer(request, request.appealID) },
            .effect(KeepDraft.self) { request, _ in answer(request, request.appealID) },
            .effect(ForwardAppeal.self) { request, _ in answer(request, request.appealID) },
            .effect(TellOutcome.self) { request, _ in answer(request, request.appealID) },
            .effect(CloseAppeal.self) { request, _ in answer(request, request.appealID) },
        ]
        let booking: [RequestHandler] = [
            .effect(BookVisit.self) { request, _ in
                asked.withLockedValue { $0.append(request) }
                throw Refusal("slot-in-use", "Время занято.")
            }
        ]
        let dialer: [RequestHandler] = [
            .effect(ScheduleCallback.self) { request, _ in
                asked.withLockedValue { $0.append(request) }
                throw Refusal("past", "Это время уже прошло.")
            }
        ]
        // The line knows no request: who may ask it hears so at once.
        try await DeskServer.run(
            services: [.journal: journal, .booking: booking, .callbackDialer: dialer, .callIntake: []]
        ) { try await body($0, asked) }
    }

    @Test("R-701 The desk asks for no card by its key, and a foreign one is a conflict that says nothing of it")
    func foreignKey() async throws {
        try await Self.run { desk, asked in
            let key = UUID()
            let own = try await desk.ask(
                "POST", "/api/appeals", cookie: try await desk.cookie(), headers: ["Idempotency-Key": key.uuidString])
            #expect(own.status == 200)
            for login in ["level2", "supervisor", "admin"] {
                let foreign = try await desk.ask(
                    "POST", "/api/appeals", cookie: try await desk.cookie(login),
                    headers: ["Idempotency-Key": key.uuidString])
                #expect(foreign.status == 409 && foreign.errorID == "key-reused")
                #expect(foreign.json?["message"] == Refusal.keyReused.message && !foreign.text.contains(key.uuidString))
                let order = try #require(asked.withLockedValue { $0.last as? OpenAppeal })
                #expect(order.appealID == key && order.operatorID == login && order.aboutID == nil)
            }
        }
    }

    @Test("R-702 An order that writes is one question, which says who asks; the desk reads no card before it")
    func oneQuestion() async throws {
        try await Self.run { desk, asked in
            let path = "/api/appeals/\(UUID())"
            let card = #"{"isAnonymous":false,"essence":"а","measures":""}"#
            let orders: [(method: String, path: String, json: String)] = [
                ("PUT", path, #"{"revision":3,"measuresDone":false,"card":\#(card)}"#),
                ("PUT", path + "/draft", #"{"revision":3,"card":\#(card)}"#),
                ("POST", path + "/forward", #"{"revision":3,"organizationID":"gp-1","comment":""}"#),
                ("POST", path + "/tell", #"{"revision":3,"channel":"letter"}"#),
            ]
            for (login, isInCharge) in [("operator1", false), ("level2", false), ("admin", true)] {
                let cookie = try await desk.cookie(login)
                asked.withLockedValue { $0 = [] }
                for order in orders {
                    let answer = try await desk.ask(order.method, order.path, cookie: cookie, json: order.json)
                    #expect(answer.status == 200, "\(order.path)")
                }
                let requests = asked.withLockedValue { $0 }
                #expect(requests.count == orders.count)
                let people = requests.map { request -> (String, Bool?, Int?) in
                    switch request {
                    case let request as SaveAppeal: (request.operatorID, request.isInCharge, request.revision)
                    case let request as KeepDraft: (request.operatorID, request.isInCharge, request.revision)
                    case let request as ForwardAppeal: (request.operatorID, request.isInCharge, request.revision)
                    case let request as TellOutcome: (request.operatorID, request.isInCharge, request.revision)
                    default: ("", nil, nil)
                    }
                }
                #expect(people.allSatisfy { $0 == (login, isInCharge, 3) })
            }
            // An organization writes nothing.
            let clinic = try await desk.cookie("org-gp-1")
            asked.withLockedValue { $0 = [] }
            for order in orders {
                #expect(try await desk.ask(order.method, order.path, cookie: clinic, json: order.json).status == 403)
            }
            #expect(asked.withLockedValue { $0.isEmpty })
        }
    }

    @Test("R-702 Every reading names who reads, and nothing is remembered of it")
    func readers() async throws {
        try await Self.run { desk, asked in
            let id = UUID()
            for (login, asker, status) in [
                ("operator1", AppealAsker(accountID: "operator1"), 200),
                ("level2", AppealAsker(accountID: "level2"), 200),
                ("supervisor", AppealAsker(accountID: "supervisor", isInCharge: true), 200),
                // A journal of the version before answers: the desk looks too.
                ("org-gp-1", AppealAsker(accountID: "org-gp-1", organizationID: "gp-1"), 403),
            ] {
                let cookie = try await desk.cookie(login)
                for _ in 0..<2 {
                    asked.withLockedValue { $0 = [] }
                    #expect(try await desk.ask("GET", "/api/appeals/\(id)", cookie: cookie).status == status)
                    #expect(asked.withLockedValue { $0.map { ($0 as? GetAppeal)?.asker } } == [asker])
                }
                asked.withLockedValue { $0 = [] }
                #expect(try await desk.ask("GET", "/api/appeals", cookie: cookie).status == 200)
                #expect(try await desk.ask("GET", "/api/appeals?callID=\(UUID())", cookie: cookie).status == 200)
                #expect(asked.withLockedValue { $0.map { ($0 as? ListAppeals)?.asker } } == [asker, asker])
            }
        }
    }

    @Test("R-703 Closing, forwarding and telling without the revision seen are asked of nobody")
    func revisions() async throws {
        try await Self.run { desk, asked in
            let path = "/api/appeals/\(UUID())"
            let admin = try await desk.cookie("admin")
            for (order, json) in [
                ("close", "{}"), ("tell", #"{"channel":"letter"}"#),
                ("forward", #"{"organizationID":"gp-1","comment":""}"#), ("close", #"{"revision":null}"#),
            ] {
                let answer = try await desk.ask("POST", "\(path)/\(order)", cookie: admin, json: json)
                #expect((400..<500).contains(answer.status), "\(order)")
            }
            #expect(asked.withLockedValue { $0.isEmpty })
            #expect(try await desk.ask("POST", path + "/close", cookie: admin, json: #"{"revision":3}"#).status == 200)
            let closing = try #require(asked.withLockedValue { $0.last as? CloseAppeal })
            #expect(closing.revision == 3 && closing.isAdministrator == true && closing.operatorID == "admin")
            // Closing is the administrator's.
            for login in ["operator1", "supervisor", "org-gp-1"] {
                let answer = try await desk.ask(
                    "POST", path + "/close", cookie: try await desk.cookie(login), json: #"{"revision":3}"#)
                #expect(answer.status == 403)
            }
        }
    }

    @Test("R-704 To a closed card nothing is added: no visit, no callback; work goes on in a new one")
    func closed() async throws {
        try await Self.run(.closed) { desk, asked in
            let id = UUID()
            let own = try await desk.cookie()
            let visit = """
                {"bookingID":"\(UUID())","appealID":"\(id)","patientID":"1","visit":{"clinicID":"1","clinicName":"ГП",
                "specialityID":"1","specialityName":"Терапевт","doctorID":"2","doctorName":"Иванова И. И.","slotID":"3",
                "startsAt":"2099-11-23T10:30:00.000Z"}}
                """
            let promise = """
                {"appealID":"\(id)","day":"2099-11-23","time":"10:30","isPersonal":true}
                """
            for (path, json) in [("/api/bookings", visit), ("/api/callbacks", promise)] {
                let answer = try await desk.ask("POST", path, cookie: own, json: json)
                #expect(answer.status == 409 && answer.errorID == "appeal-closed", "\(path) \(answer.text)")
            }
            #expect(asked.withLockedValue { $0.allSatisfy { $0 is GetAppeal } })
            let key = UUID()
            let next = try await desk.ask(
                "POST", "/api/appeals/\(id)/continue", cookie: own, headers: ["Idempotency-Key": key.uuidString])
            #expect(next.status == 200)
            let opening = try #require(asked.withLockedValue { $0.last as? OpenAppeal })
            #expect(opening.appealID == key && opening.aboutID == id && opening.operatorID == "operator1")
            #expect(opening.isInCharge == false)
        }
    }

    @Test("O-01 Each workplace reads what its work needs and is refused the rest, route by route")
    func workplaces() async throws {
        try await Self.run { desk, asked in
            let people = ["operator1", "level2", "supervisor", "admin", "org-gp-1"]
            let centre = ["operator1", "level2", "supervisor", "admin"]
            let inCharge = ["supervisor", "admin"]
            let period = "?from=2026-11-01T00:00:00Z&to=2026-11-30T00:00:00Z"
            let routes: [(path: String, readers: [String])] = [
                ("/api/me", people), ("/api/appeals", people), ("/api/organizations", people),
                ("/api/messages", ["operator1"] + inCharge), ("/api/tasks", centre), ("/api/line", centre),
                ("/api/line/plan", centre), ("/api/directory", centre), ("/api/callbacks", centre),
                ("/api/clinics", centre), ("/api/indicators" + period, inCharge),
                ("/api/indicators/callbacks" + period, inCharge), ("/api/surveys" + period, inCharge),
                ("/api/do-not-call", inCharge),
            ]
            for login in people {
                let cookie = try await desk.cookie(login)
                for (path, readers) in routes {
                    // The services behind know few requests: who may ask is told so, by them.
                    let status = try await desk.ask("GET", path, cookie: cookie).status
                    #expect((status == 403) == !readers.contains(login), "\(login) \(path) \(status)")
                    #expect(status != 401)
                }
                asked.withLockedValue { $0 = [] }
                _ = try await desk.ask("GET", "/api/appeals", cookie: cookie)
                // And of cards only the own ones are asked for.
                let list = try #require(asked.withLockedValue { $0.last as? ListAppeals })
                #expect(list.asker?.accountID == login && list.asker?.isInCharge == inCharge.contains(login))
                #expect(list.asker?.organizationID == (login == "org-gp-1" ? "gp-1" : nil))
            }
        }
    }
}
