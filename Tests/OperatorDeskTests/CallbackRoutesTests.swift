import Contracts
import Foundation
import Messaging
import NIOConcurrencyHelpers
import TestSupport
import Testing
import Vocabulary

@testable import OperatorDesk

/// The routes of callbacks, with a dialer and a journal that note what they are asked.
@Suite(.timeLimit(.minutes(10))) struct CallbackRoutesTests {
    private static let call = UUID()
    private static let appealID = UUID()
    /// The call in which the citizen was called back, and which broke too.
    private static let secondCall = UUID()

    private static func appeal(callID: UUID?) -> AppealView {
        var called = AppealView.HistoryEntry(at: Date(), by: "operator1", text: "Звонок абоненту, не ответили")
        called.number = "+79990000002"
        let clinic = Organization(organizationID: "gp-1", name: "Поликлиника", email: nil)
        var view = AppealView(
            appealID: self.appealID, number: nil, state: .draft, revision: 0,
            card: AppealCard(phone: try? PhoneNumber(parsing: "+79990000001")), callID: callID,
            operatorID: "operator1", openedAt: Date(), registeredAt: nil,
            forwardings: [.init(organization: clinic, comment: "", at: Date())], history: [called],
            channel: .hotLine, messages: [], offeredTo: ["level2"])
        view.callIDs = callID.map { [$0, self.secondCall] } ?? []
        return view
    }

    private static func view(_ id: UUID) -> CallbackView {
        CallbackView(callbackID: id, callID: self.call, state: .open, reason: nil, brokenAt: Date(), attempts: [])
    }

    private typealias Asked = NIOLockedValueBox<[any Messaging.Request]>

    private static func run(
        callID: UUID? = Self.call, _ body: (DeskServer, Asked) async throws -> Void
    ) async throws {
        let asked = Asked([])
        @Sendable func note(_ request: any Messaging.Request) { asked.withLockedValue { $0.append(request) } }
        let dialer: [RequestHandler] = [
            .effect(ScheduleCallback.self) { request, _ in
                note(request)
                guard request.at > Date() else { throw Refusal("past", "Это время уже прошло: выберите другое.") }
                return Self.view(request.callbackID)
            },
            .effect(CancelCallback.self) { request, _ in
                note(request)
                return Self.view(request.callbackID)
            },
            .effect(SetDoNotCall.self) { request, _ in
                note(request)
                return Done()
            },
            .read(ListCallbacks.self) { request in
                note(request)
                return [Self.view(UUID())]
            },
            .read(ListDoNotCall.self) { _ in [] },
            .read(ListDoNotCallChanges.self) { _ in [] },
            .read(GetSurveyResults.self) { request in
                note(request)
                return []
            },
            .read(GetCallbackIndicators.self) { request in
                note(request)
                return GetCallbackIndicators.Answer(
                    kinds: [], broken: 2, dialledInTime: 2, dueTwice: 0, dialledTwice: 0, slowestDial: 1,
                    medianJoined: nil, promisesDue: 0, promisesKept: 0)
            },
        ]
        let journal: [RequestHandler] = [
            .read(GetAppeal.self) { _ in Self.appeal(callID: callID) },
            .effect(TellOutcome.self) { request, _ in
                note(request)
                guard request.operatorID == "operator1" else {
                    throw Refusal("not-yours", "Эта карточка вам недоступна.")
                }
                return Self.appeal(callID: callID)
            },
            .effect(CloseAppeal.self) { request, _ in
                note(request)
                throw Refusal("not-told", "Сначала сообщите гражданину о принятых мерах, затем закройте карточку.")
            },
            .read(ListTasks.self) { request in
                note(request)
                return []
            },
            .effect(FinishTask.self) { request, _ in
                note(request)
                return Done()
            },
        ]
        try await DeskServer.run(services: [.callbackDialer: dialer, .journal: journal]) { try await body($0, asked) }
    }

    private static func promise(day: String = "2099-11-23", time: String = "10:30") -> String {
        """
        {"appealID":"\(self.appealID)","day":"\(day)","time":"\(time)","isPersonal":true}
        """
    }

    @Test("B-104 The callbacks of a card are those of all its calls, for who may see the card")
    func callbacksOfCard() async throws {
        try await Self.run { desk, asked in
            let path = "/api/callbacks?callID=\(Self.call)&appealID=\(Self.appealID)"
            #expect(try await desk.ask("GET", path, cookie: try await desk.cookie()).status == 200)
            let request = try #require(asked.withLockedValue { $0.last as? ListCallbacks })
            #expect(request.callIDs == [Self.call, Self.secondCall] && request.appealID == Self.appealID)
        }
    }

    @Test("A-12 The number of an outside leg is shown to the operator and who is in charge, not to an organization")
    func numbersInHistory() async throws {
        try await Self.run { desk, _ in
            for (login, isShown) in [("operator1", true), ("admin", true), ("org-gp-1", false)] {
                let answer = try await desk.ask(
                    "GET", "/api/appeals/\(Self.appealID)", cookie: try await desk.cookie(login))
                #expect(answer.status == 200 && answer.text.contains("не ответили"))
                #expect(answer.text.contains("+79990000002") == isShown, "\(login)")
            }
        }
    }

    @Test("R-707 Who changed the do-not-call list is told to who is in charge")
    func doNotCallChanges() async throws {
        try await Self.run { desk, _ in
            let path = "/api/do-not-call/changes"
            let (own, admin) = (try await desk.cookie(), try await desk.cookie("admin"))
            #expect(try await desk.ask("GET", path, cookie: own).status == 403)
            #expect(try await desk.ask("GET", path, cookie: admin).status == 200)
        }
    }

    @Test("C-04 An answer is promised by the clock of the region, for an own card, once for one key")
    func promised() async throws {
        try await Self.run { desk, asked in
            let key = UUID()
            let own = try await desk.cookie()
            let answer = try await desk.ask(
                "POST", "/api/callbacks", cookie: own, headers: ["Idempotency-Key": key.uuidString],
                json: Self.promise())
            #expect(answer.status == 200)
            let order = try #require(asked.withLockedValue { $0.last as? ScheduleCallback })
            #expect(order.callbackID == key && order.callID == Self.call && order.operatorID == "operator1")
            #expect(order.number.e164 == "+79990000001" && order.isPersonal)
            // 10:30 in Moscow, the zone of a desk that was told of no other.
            #expect(order.at == Date(timeIntervalSince1970: 4_099_102_200))
            let past = try await desk.ask(
                "POST", "/api/callbacks", cookie: own, json: Self.promise(day: "2020-01-01"))
            #expect(past.status == 409 && past.errorID == "past")
            let wrong = try await desk.ask(
                "POST", "/api/callbacks", cookie: own, json: Self.promise(time: "утром"))
            #expect(wrong.status == 422 && wrong.json?["field"] == "time")
            // May read the card, and no more.
            let reader = try await desk.ask(
                "POST", "/api/callbacks", cookie: try await desk.cookie("level2"), json: Self.promise())
            #expect(reader.status == 403)
            #expect(try await desk.ask("POST", "/api/callbacks", json: Self.promise()).status == 401)
        }
    }

    @Test("C-04 A card without a call says why nobody can be called back for it")
    func withoutCall() async throws {
        try await Self.run(callID: nil) { desk, asked in
            let answer = try await desk.ask(
                "POST", "/api/callbacks", cookie: try await desk.cookie(), json: Self.promise())
            #expect(answer.status == 400 && asked.withLockedValue { $0.isEmpty })
        }
    }

    @Test(
        "C-07 Callbacks are listed and taken back; a number goes on the do-not-call list in the body, not in the path")
    func others() async throws {
        try await Self.run { desk, asked in
            let own = try await desk.cookie()
            let list = try await desk.ask("GET", "/api/callbacks?state=open", cookie: own)
            #expect(list.status == 200)
            #expect(asked.withLockedValue { ($0.last as? ListCallbacks)?.state } == .open)
            let id = UUID()
            #expect(try await desk.ask("DELETE", "/api/callbacks/\(id)", cookie: own).status == 200)
            let cancelled = try #require(asked.withLockedValue { $0.last as? CancelCallback })
            #expect(cancelled.callbackID == id && cancelled.operatorID == "operator1")
            for (method, isListed) in [("PUT", true), ("DELETE", false)] {
                let answer = try await desk.ask(
                    method, "/api/do-not-call", cookie: own, json: #"{"number":"8 999 000-00-01"}"#)
                #expect(answer.status == 200)
                let order = try #require(asked.withLockedValue { $0.last as? SetDoNotCall })
                #expect(order.isListed == isListed && order.number.e164 == "+79990000001")
            }
            let clinic = try await desk.cookie("org-gp-1")
            #expect(try await desk.ask("GET", "/api/callbacks", cookie: clinic).status == 403)
        }
    }

    @Test("C-05 An operator tells for an own card, only the administrator closes, and a refusal is passed on")
    func tellingAndClosing() async throws {
        try await Self.run { desk, asked in
            let own = try await desk.cookie()
            let path = "/api/appeals/\(Self.appealID)"
            let told = try await desk.ask(
                "POST", path + "/tell", cookie: own, json: #"{"channel":"voice","revision":3}"#)
            #expect(told.status == 200)
            let telling = try #require(asked.withLockedValue { $0.last as? TellOutcome })
            #expect(telling.channel == .voice && telling.operatorID == "operator1" && telling.revision == 3)
            let wrong = try await desk.ask(
                "POST", path + "/tell", cookie: own, json: #"{"channel":"dream","revision":3}"#)
            #expect(wrong.status == 422 && wrong.json?["field"] == "channel")
            let reader = try await desk.cookie("level2")
            #expect(
                try await desk.ask(
                    "POST", path + "/tell", cookie: reader, json: #"{"channel":"voice","revision":3}"#
                ).status == 403)
            #expect(try await desk.ask("POST", path + "/close", cookie: own, json: #"{"revision":3}"#).status == 403)
            let refused = try await desk.ask(
                "POST", path + "/close", cookie: try await desk.cookie("admin"), json: #"{"revision":3}"#)
            #expect(refused.status == 409 && refused.errorID == "not-told")
        }
    }

    @Test("C-06 K-04 Operators see their tasks, who is in charge all tasks, indicators, surveys and the list")
    func tasksAndReports() async throws {
        try await Self.run { desk, asked in
            let own = try await desk.cookie()
            let admin = try await desk.cookie("admin")
            for (cookie, operatorID) in [(own, "operator1"), (admin, nil)] {
                #expect(try await desk.ask("GET", "/api/tasks", cookie: cookie).status == 200)
                #expect(asked.withLockedValue { ($0.last as? ListTasks)?.operatorID } == operatorID)
                let task = UUID()
                #expect(try await desk.ask("POST", "/api/tasks/\(task)/done", cookie: cookie, json: "{}").status == 200)
                let done = try #require(asked.withLockedValue { $0.last as? FinishTask })
                #expect(done.taskID == task && done.isInCharge == (operatorID == nil))
            }
            let period = "?from=2026-11-01T00:00:00Z&to=2026-11-30T00:00:00Z"
            for path in ["/api/indicators/callbacks" + period, "/api/surveys" + period, "/api/do-not-call"] {
                #expect(try await desk.ask("GET", path, cookie: admin).status == 200)
                #expect(try await desk.ask("GET", path, cookie: own).status == 403)
            }
            let surveys = try await desk.ask("GET", "/api/surveys\(period)&operatorID=operator1", cookie: admin)
            #expect(surveys.status == 200)
            #expect(asked.withLockedValue { ($0.last as? GetSurveyResults)?.operatorID } == "operator1")
            #expect(try await desk.ask("GET", "/api/surveys?from=x&to=y", cookie: admin).status == 400)
        }
    }

    @Test("R-708 An operator gets the callbacks of own cards and own ones, and of cards the ids of own ones only")
    func ownCallbacks() async throws {
        let (foreignCard, foreignCall) = (UUID(), UUID())
        func view(_ operatorID: String?, _ appealID: UUID?) -> CallbackView {
            var view = Self.view(UUID())
            view.operatorID = operatorID
            view.appealID = appealID
            return view
        }
        let views = [
            view("operator1", Self.appealID), view("operator1", foreignCard), view("operator9", foreignCard),
            view(nil, nil),
        ]
        let journal: [RequestHandler] = [
            .read(GetAppeal.self) { request in
                var appeal = Self.appeal(callID: request.appealID == foreignCard ? foreignCall : Self.call)
                guard request.appealID == foreignCard else { return appeal }
                appeal.operatorID = "operator9"
                return appeal
            },
            // The journal names the cards that the asker may see.
            .read(ListAppeals.self) { request in
                guard request.callID == Self.call else { return [] }
                return [
                    AppealSummary(
                        appealID: Self.appealID, number: nil, state: .draft, applicant: nil, topic: nil,
                        callID: Self.call, operatorID: "operator1", organizationName: nil, openedAt: Date())
                ]
            },
        ]
        let dialer: [RequestHandler] = [.read(ListCallbacks.self) { _ in views }]
        try await DeskServer.run(services: [.callbackDialer: dialer, .journal: journal]) { desk in
            let own = try await desk.cookie()
            func list(_ query: String, _ cookie: String) async throws -> [CallbackView] {
                let answer = try await desk.ask("GET", "/api/callbacks" + query, cookie: cookie)
                #expect(answer.status == 200)
                return try MessageCoding.decoder.decode([CallbackView].self, from: answer.body)
            }
            let all = try await list("", own)
            #expect(all.map(\.callbackID) == views.prefix(2).map(\.callbackID) && all.allSatisfy { $0.appealID == nil })
            #expect(try await list("?needsOperator=true", own).count == 2)
            let ofCard = try await list("?appealID=\(Self.appealID)&callID=\(Self.call)", own)
            #expect(ofCard.map(\.appealID) == [Self.appealID, nil, nil, nil])
            #expect(try await list("?callID=\(Self.call)", own).allSatisfy { $0.appealID == nil })
            for query in [
                "?appealID=\(foreignCard)", "?callID=\(foreignCall)",
                "?appealID=\(Self.appealID)&callID=\(foreignCall)",
            ] {
                let refused = try await desk.ask("GET", "/api/callbacks" + query, cookie: own)
                #expect(refused.status == 403 && refused.errorID == "not-yours", "\(query)")
            }
            let whole = try await list("", try await desk.cookie("supervisor"))
            #expect(whole.map(\.appealID) == views.map(\.appealID))
        }
    }
}
