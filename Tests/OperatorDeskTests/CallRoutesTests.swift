import Contracts
import Foundation
import Messaging
import NIOConcurrencyHelpers
import TestSupport
import Testing
import Vocabulary

@testable import OperatorDesk

/// The routes of calls, with a line and a journal that note what they are asked.
@Suite(.timeLimit(.minutes(10))) struct CallRoutesTests {
    private final class Asked: Sendable {
        let requests = NIOLockedValueBox<[any Messaging.Request]>([])
        func note(_ request: any Messaging.Request) { self.requests.withLockedValue { $0.append(request) } }
        func last<R: Messaging.Request>(_ type: R.Type) -> R? {
            self.requests.withLockedValue { $0.last { $0 is R } as? R }
        }
    }

    private static let call = UUID()
    private static let appealID = UUID()
    private static let recordingID = UUID()

    private static var callView: CallView {
        CallView(
            callID: self.call, caller: .hidden, state: .talking, operatorID: "operator1", receivedAt: Date(),
            answeredAt: nil, callbackID: nil)
    }

    private static func appeal(of operatorID: String?) -> AppealView {
        AppealView(
            appealID: self.appealID, number: nil, state: .draft, revision: 0,
            card: AppealCard(phone: try? PhoneNumber(parsing: "+79990000001")), callID: self.call,
            operatorID: operatorID, openedAt: Date(), registeredAt: nil, forwardings: [], history: [],
            channel: .secretary, messages: [], offeredTo: ["level2"])
    }

    private static func run(_ body: (DeskServer, Asked) async throws -> Void) async throws {
        let asked = Asked()
        @Sendable func person(_ request: SetOperatorState) -> OperatorView {
            OperatorView(
                operatorID: request.operatorID, displayName: "", telephone: request.telephone, state: request.state,
                since: Date(), callID: nil)
        }
        let line: [RequestHandler] = [
            .effect(ControlCall.self) { request, _ in
                asked.note(request)
                guard request.operatorID == "operator1" else {
                    throw Refusal("not-your-call", "Этот разговор ведёт другой оператор.")
                }
                return Self.callView
            },
            .effect(SuperviseCall.self) { request, _ in
                asked.note(request)
                return Done()
            },
            .effect(CallCitizen.self) { request, _ in
                asked.note(request)
                return Done()
            },
            .effect(SetOperatorState.self) { request, _ in
                asked.note(request)
                return person(request)
            },
            .read(GetCallIndicators.self) { request in
                asked.note(request)
                return GetCallIndicators.Answer(
                    offered: 10, shortDrops: 1, secretary: 1, answered: 7, answeredInNorm: 6, abandoned: 1,
                    abandonedInNorm: 0, callbackRequested: 0, broken: 0, waitedOverLimit: 0, meanQuestioning: nil,
                    meanConsultation: nil)
            },
        ]
        let journal: [RequestHandler] = [
            .read(GetAppeal.self) { _ in Self.appeal(of: "operator1") },
            .read(ListAppeals.self) { request in
                asked.note(request)
                guard request.asker?.maySee(Self.appeal(of: "operator1")) == true else { return [] }
                return [
                    AppealSummary(
                        appealID: Self.appealID, number: nil, state: .draft, applicant: nil, topic: nil,
                        callID: Self.call, operatorID: "operator1", organizationName: nil, openedAt: Date())
                ]
            },
            .read(ListSecretaryMessages.self) { _ in .init(messages: [], count: 0, nextDueAt: nil) },
            .effect(TakeAppeal.self) { request, _ in
                asked.note(request)
                return Self.appeal(of: request.operatorID)
            },
            .effect(KeepDraft.self) { request, _ in
                asked.note(request)
                guard request.operatorID == "operator1" else { throw Refusal("not-yours", "Карточка у другого.") }
                return Self.appeal(of: request.operatorID)
            },
        ]
        try await DeskServer.run(services: [.callIntake: line, .journal: journal]) { try await body($0, asked) }
    }

    @Test("T-08 An order for a call names the account that gave it, and no other; a refusal reaches the page")
    func control() async throws {
        try await Self.run { desk, asked in
            let path = "/api/calls/\(Self.call)/control"
            let own = try await desk.cookie()
            let held = try await desk.ask("POST", path, cookie: own, json: #"{"action":"hold","operatorID":"x"}"#)
            #expect(held.status == 200)
            let order = try #require(asked.last(ControlCall.self))
            #expect(order.callID == Self.call && order.operatorID == "operator1" && order.action == .hold)
            let foreign = try await desk.ask(
                "POST", path, cookie: try await desk.cookie("level2"), json: #"{"action":"hangUp"}"#)
            #expect(foreign.status == 409 && foreign.errorID == "not-your-call")
            let unknown = try await desk.ask("POST", path, cookie: own, json: #"{"action":"dance"}"#)
            #expect(unknown.status == 422 && unknown.json?["field"] == "action")
            #expect(try await desk.ask("POST", path, json: #"{"action":"hold"}"#).status == 401)
            let clinic = try await desk.cookie("org-gp-1")
            #expect(try await desk.ask("POST", path, cookie: clinic, json: #"{"action":"hold"}"#).status == 403)
        }
    }

    @Test("J-10 Who is in charge listens in, on the own telephone or the one named; an operator does not")
    func supervise() async throws {
        try await Self.run { desk, asked in
            let path = "/api/calls/\(Self.call)/supervise"
            let listen = #"{"mode":"listen"}"#
            let byOperator = try await desk.ask("POST", path, cookie: try await desk.cookie(), json: listen)
            #expect(byOperator.status == 403 && asked.last(SuperviseCall.self) == nil)
            let admin = try await desk.ask("POST", path, cookie: try await desk.cookie("admin"), json: listen)
            #expect(admin.status == 200)
            var order = try #require(asked.last(SuperviseCall.self))
            #expect(order.supervisorID == "admin" && order.telephone == "1900" && order.mode == .listen)
            let senior = try await desk.cookie("supervisor")
            let without = try await desk.ask("POST", path, cookie: senior, json: listen)
            #expect(without.status == 409 && without.errorID == "no-telephone")
            let with = try await desk.ask(
                "POST", path, cookie: senior, json: #"{"mode":"whisper","telephone":"1950"}"#)
            #expect(with.status == 200)
            order = try #require(asked.last(SuperviseCall.self))
            #expect(order.supervisorID == "supervisor" && order.telephone == "1950" && order.mode == .whisper)
        }
    }

    @Test("C-04 A citizen is called for an own card only, once for one key, at the card's number")
    func citizen() async throws {
        try await Self.run { desk, asked in
            let key = UUID()
            let body = "{\"appealID\":\"\(Self.appealID)\"}"
            let answer = try await desk.ask(
                "POST", "/api/calls", cookie: try await desk.cookie(),
                headers: ["Idempotency-Key": key.uuidString], json: body)
            #expect(answer.status == 200)
            let order = try #require(asked.last(CallCitizen.self))
            #expect(order.callID == key && order.operatorID == "operator1" && order.originalCallID == Self.call)
            #expect(order.number.e164 == "+79990000001")
            // May read the card, and no more.
            let reader = try await desk.ask("POST", "/api/calls", cookie: try await desk.cookie("level2"), json: body)
            #expect(reader.status == 403)
        }
    }

    @Test("T-10 Whoever is offered a call finds and reads its card before speaking, and changes nothing")
    func offeredCard() async throws {
        try await Self.run { desk, _ in
            let receiver = try await desk.cookie("level2")
            let found = try await desk.ask("GET", "/api/appeals?callID=\(Self.call)", cookie: receiver)
            #expect(found.status == 200 && found.text.contains(Self.appealID.uuidString))
            #expect(try await desk.ask("GET", "/api/appeals/\(Self.appealID)", cookie: receiver).status == 200)
            let draft = #"{"revision":0,"card":{"isAnonymous":false,"essence":"","measures":""}}"#
            let path = "/api/appeals/\(Self.appealID)/draft"
            #expect(try await desk.ask("PUT", path, cookie: receiver, json: draft).status == 403)
            #expect(try await desk.ask("PUT", path, cookie: try await desk.cookie(), json: draft).status == 200)
            let clinic = try await desk.cookie("org-gp-1")
            let nothing = try await desk.ask("GET", "/api/appeals?callID=\(Self.call)", cookie: clinic)
            #expect(nothing.status == 200 && nothing.text == "[]")
        }
    }

    @Test(
        "The order for a state reaches the line with the operator's topics, level and telephone, the day's or the account's"
    )
    func state() async throws {
        try await Self.run { desk, asked in
            let answer = try await desk.ask(
                "POST", "/api/state", cookie: try await desk.cookie("level2"),
                json: #"{"state":"break","breakReason":"lunch","telephone":"1234"}"#)
            #expect(answer.status == 200)
            let order = try #require(asked.last(SetOperatorState.self))
            #expect(order.telephone == "1234" && order.breakReason == "lunch" && order.state == .onBreak)
            #expect(order.skills == ["oms", "complaints"] && order.isFirstLevel == false)
            _ = try await desk.ask("POST", "/api/state", cookie: try await desk.cookie(), json: #"{"state":"ready"}"#)
            let own = try #require(asked.last(SetOperatorState.self))
            #expect(own.telephone == "1001" && own.skills == [] && own.isFirstLevel == true)
            let odd = try await desk.ask(
                "POST", "/api/state", cookie: try await desk.cookie(),
                json: #"{"state":"ready","telephone":"1&PJSIP/2"}"#)
            #expect(odd.status == 400)
            let admin = try await desk.ask(
                "POST", "/api/state", cookie: try await desk.cookie("admin"), json: #"{"state":"ready"}"#)
            #expect(admin.status == 403)
        }
    }

    @Test("T-03 Messages of the secretary are the first level's to take; who is in charge only sees what waits")
    func messages() async throws {
        try await Self.run { desk, asked in
            let take = "/api/appeals/\(Self.appealID)/take"
            for (login, list, taking) in [
                ("operator1", 200, 200), ("level2", 403, 403), ("admin", 200, 403), ("org-gp-1", 403, 403),
            ] {
                let cookie = try await desk.cookie(login)
                #expect(try await desk.ask("GET", "/api/messages", cookie: cookie).status == list, "\(login)")
                #expect(try await desk.ask("POST", take, cookie: cookie).status == taking, "\(login)")
            }
            #expect(asked.last(TakeAppeal.self)?.operatorID == "operator1")
        }
    }

    @Test("K-01 Indicators are for who is in charge, and for a period")
    func indicators() async throws {
        try await Self.run { desk, asked in
            let path = "/api/indicators?from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00.000Z"
            #expect(try await desk.ask("GET", path, cookie: try await desk.cookie()).status == 403)
            let admin = try await desk.cookie("admin")
            let answer = try await desk.ask("GET", path, cookie: admin)
            #expect(answer.status == 200 && answer.text.contains("shareOfAccepted"))
            #expect(asked.last(GetCallIndicators.self)?.to.timeIntervalSince1970 == 1_796_083_200)
            for query in ["", "?from=x&to=y", "?from=2026-12-01T00:00:00Z&to=2026-11-01T00:00:00Z"] {
                #expect(try await desk.ask("GET", "/api/indicators\(query)", cookie: admin).status == 400)
            }
        }
    }

    @Test("T-10 The directory names who can be asked, with position and subdivision, and clinics with their numbers")
    func directory() async throws {
        try await Self.run { desk, _ in
            let answer = try await desk.ask("GET", "/api/directory", cookie: try await desk.cookie())
            #expect(answer.status == 200)
            for text in ["Соколова Мария", "Фонд ОМС", "специалист", "complaints", "+78452000001"] {
                #expect(answer.text.contains(text), "\(text)")
            }
            // Those who take no calls are named and cannot be called.
            #expect(answer.text.contains("Администратор") && !answer.text.contains("1900"))
        }
    }

    @Test("U-08 A clinic reads the names of those who worked on a card forwarded to it, and the card's visits")
    func clinicReads() async throws {
        var appeal = Self.appeal(of: "operator1")
        appeal.forwardings = [
            .init(
                organization: Organization(organizationID: "gp-1", name: "Поликлиника", email: nil),
                comment: "Перезвоните после шести", at: Date())
        ]
        appeal.history = [
            .init(at: Date(), by: "level2", text: "Передано"), .init(at: Date(), by: "journal", text: ""),
        ]
        let forwarded = appeal
        let journal: [RequestHandler] = [.read(GetAppeal.self) { _ in forwarded }]
        let booking: [RequestHandler] = [.read(ListBookings.self) { _ in [] }]
        try await DeskServer.run(services: [.journal: journal, .booking: booking]) { desk in
            let path = "/api/appeals/\(Self.appealID)"
            let clinic = try await desk.cookie("org-gp-1")
            let read = try await desk.ask("GET", path, cookie: clinic)
            let json = try #require(try JSONSerialization.jsonObject(with: read.body) as? [String: Any])
            #expect(json["names"] as? [String: String] == ["level2": "Соколова Мария"])
            #expect(
                (json["forwardings"] as? [[String: Any]])?.first?["comment"] as? String == "Перезвоните после шести")
            #expect(try await desk.ask("GET", path + "/bookings", cookie: clinic).status == 200)
            // An operator has the directory of the line.
            let own = try await desk.ask("GET", path, cookie: try await desk.cookie())
            #expect(own.status == 200 && !own.text.contains("names"))
        }
    }
}
