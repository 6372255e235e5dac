import Contracts
import Foundation
import Testing
import Vocabulary

@testable import CallIntake

/// The outcomes of calls and dials as a real Asterisk 22 told them.
@Suite struct TraceTests {
    @Test(
        "T-15 The recorded ends of calls have the outcomes that happened",
        arguments: [
            ("a_inbound_answered", CallOutcome.completedByCaller, 16),
            ("a2_inbound_subscribe_all", .completedByCaller, 16),
            ("b_abandoned_waiting", .abandonedInQueue, 16), ("b2_abandoned_ringing", .abandonedInQueue, 127),
            ("c1_drop_cause38", .callerLineBroken, 38), ("c2_drop_cause41", .callerLineBroken, 41),
            ("c5_drop_softhangup", .exchangeBroken, 16), ("h_recording", .completedByCaller, 16),
            ("h2_recording_failed", .completedByCaller, 16), ("j3_dtmf_in_bridge", .completedByCaller, 16),
            ("w_unbridged_and_wrong_state", .abandonedInQueue, 0),
        ])
    func callOutcomes(_ trace: String, _ outcome: CallOutcome, _ cause: Int) throws {
        var scene = LineScene()
        let trace = try Trace(trace)
        if trace.events.contains(where: { $0.args?.first == "operator" }) { try scene.ready("1") }
        try trace.play(to: &scene)
        #expect(scene.events(CallReceived.self).count == 1)
        let ended = scene.events(CallEnded.self)
        #expect(ended.map(\.outcome) == [outcome])
        #expect(ended.first?.cause == cause)
    }

    @Test("T-15 An explicit subscription tells the end of an inbound channel, once (trace a3)")
    func explicitSubscription() throws {
        var scene = LineScene()
        try scene.ready("1")
        try Trace("a3_inbound_explicit_subscription").play(to: &scene, isSubscribed: false)
        #expect(scene.events(CallEnded.self).count == 1)
        #expect(scene.commands.contains { if case .admit = $0 { true } else { false } }, "it is subscribed to at once")
    }

    @Test("T-15 An end that our own order caused is the operator's, whatever cause it bears (trace c7)")
    func ownHangUp() throws {
        var scene = LineScene()
        try scene.ready("1")
        try Trace("c7_app_hangup_41").play(to: &scene) { _, event, scene in
            guard event.type == "ChannelHangupRequest", let call = scene.line.calls.values.first,
                !call.isHangUpRequested
            else { return }
            try scene.give(.control(ControlCall(callID: call.id, operatorID: "1", action: .hangUp)))
        }
        #expect(scene.events(CallEnded.self).map(\.outcome) == [.completedByOperator])
    }

    @Test("T-15 The recorded break of the operator's leg puts the caller back to the head of the queue")
    func operatorDrops() throws {
        let trace = try Trace("c6_operator_drops")
        let destroyed = try #require(trace.events.firstIndex { $0.type == "ChannelDestroyed" })
        #expect(trace.events[destroyed].cause == 16)
        var scene = LineScene()
        try scene.ready("1")
        try trace.play(to: &scene, isSubscribed: false)
        #expect(scene.events(CallAnswered.self).count == 1)
        #expect(scene.events(CallEnded.self).isEmpty, "the caller's end is not told without a subscription")
        #expect(scene.rung.count == 2)
    }

    @Test("T-15 An ordinary telephone that its operator hangs up ends the call where the region says so (trace c6)")
    func operatorHangsUp() throws {
        var plan = LinePlan.bare
        plan.operatorHangUp = .completes
        var scene = LineScene(plan: plan)
        try scene.ready("1")
        try Trace("c6_operator_drops").play(to: &scene)
        #expect(scene.rung.count == 1)
        #expect(scene.events(CallEnded.self).map(\.outcome) == [.completedByOperator])
    }

    @Test("T-15 Two calls at once keep their own ends (trace k)")
    func twoCalls() throws {
        var scene = LineScene()
        try scene.ready("1")
        try Trace("k_two_calls").play(to: &scene)
        let outcomes = Dictionary(
            scene.calls.values.map { ($0.channel, $0.outcome) }, uniquingKeysWith: { first, _ in first })
        #expect(
            outcomes == ["pbx122-1795230532.160": .completedByCaller, "pbx122-1795230533.163": .abandonedInQueue])
    }

    @Test("T-10 The recorded move from one operator to another is one call with one end (trace i)")
    func transferByBridge() throws {
        var scene = LineScene()
        try scene.ready("1")
        var isOrdered = false
        try Trace("i_transfer_by_bridge").play(to: &scene) { _, event, scene in
            // The recorded second leg is a transfer that the operator orders.
            guard !isOrdered, event.type == "Dial", event.peer?.id == "op-i-2", let call = scene.line.calls.values.first
            else { return }
            isOrdered = true
            try scene.ready("2")
            let order = TransferOrder(kind: .blind, target: .operator("2"), title: "Поликлиника № 1, Петрова Анна")
            try scene.give(.control(ControlCall(callID: call.id, operatorID: "1", action: .transfer(order))))
        }
        let transferred = scene.events(CallTransferred.self)
        #expect(transferred.map(\.toOperatorID) == ["2"])
        #expect(scene.events(CallEnded.self).map(\.outcome) == [.completedByCaller])
        #expect(scene.events(CallEnded.self).first?.operatorID == "2")
    }

    @Test("T-15 A channel that another application takes over has left us, it is not lost (trace i3)")
    func movedAway() throws {
        var scene = LineScene()
        let trace = try Trace("i3_move_app")
        try trace.play(to: &scene, isSubscribed: false)
        #expect(trace.events.last?.type == "StasisEnd")
        #expect(scene.events(CallEnded.self).isEmpty)
        let channel = try #require(trace.events.last?.channel?.id)
        // The channel is asked for, lives, and is not in our application.
        scene.happen(.channelLeft(channel: channel))
        #expect(scene.events(CallEnded.self).map(\.outcome) == [.transferredAway])
    }

    @Test("T-01 Keys are heard as they were pressed (trace j)")
    func keys() throws {
        let digits = try Trace("j_dtmf_rfc4733").events.compactMap { event -> String? in
            guard case .keyPressed(_, let digit, let at)? = event.input(freshID: { UUID() }) else { return nil }
            #expect(at != nil, "the exchange tells when")
            return digit
        }
        #expect(digits == ["1", "2", "#"])
    }

    @Test("T-01 After a lost socket what the exchange holds decides (trace l)")
    func lostSocket() throws {
        let trace = try Trace("l_socket_lost")
        var scene = LineScene()
        try scene.ready("1")
        let gap = try #require(try trace.answers.first { $0.path == "/ari/channels" }?.afterEvents)
        var isRead = false
        try trace.play(to: &scene, isSubscribed: false) { number, _, scene in
            guard number == gap, !isRead else { return }
            isRead = true
        }
        let held = scene.line.channels
        let snapshot = try ExchangeREST.snapshot(
            channels: #require(try trace.body("GET", "/ari/channels")),
            bridges: #require(try trace.body("GET", "/ari/bridges")),
            application: #require(
                try Trace.lines("l_socket_lost", "rest.jsonl").compactMap { line -> Data? in
                    guard let object = try JSONSerialization.jsonObject(with: line) as? [String: Any],
                        object["path"] as? String == "/ari/applications/call-intake", let body = object["body"]
                    else { return nil }
                    return try JSONSerialization.data(withJSONObject: body)
                }.last), name: "call-intake", queue: "queue-call-intake")
        let callers = held.filter { $0.hasPrefix("pbx122-") }
        #expect(callers.count == 2)
        scene.happen(.exchangeLost)
        scene.happen(.exchangeRead(snapshot, known: held, freshIDs: [UUID(), UUID(), UUID()], isRestarted: false))
        // The operator's leg ended in the gap: its caller is the first to be served again. Nobody is lost or doubled:
        // calls of the gap fell through to the dialplan and are not ours.
        #expect(scene.events(CallEnded.self).isEmpty)
        #expect(scene.line.calls.count == 2)
        #expect(scene.events(CallReceived.self).count == 2)
    }

    @Test("T-01 Another client of our name is noticed at once (trace n)")
    func replaced() throws {
        #expect(try Trace("n_replaced").events.contains { $0.type == "ApplicationReplaced" })
        #expect(ExchangeEvent.known.contains("ApplicationReplaced"))
    }

    @Test("T-01 What a recorded exchange sends is known to us, and what is filtered decides nothing (trace u)")
    func eventTypes() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/Traces")
        var types: Set<String> = []
        for trace in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            for event in try Trace(trace).events {
                types.insert(event.type)
                if ExchangeEvent.unwanted.contains(event.type) { #expect(event.input(freshID: { UUID() }) == nil) }
            }
        }
        #expect(types.subtracting(ExchangeEvent.known) == [])
    }

    @Test(
        "C-02 An answering machine is one when the dialplan says so in the third argument",
        arguments: [
            ("MACHINE", true), ("HUMAN", false), ("NOTSURE", false), (nil, false),
        ] as [(String?, Bool)])
    func answeringMachine(word: String?, isMachine: Bool) throws {
        let attempt = UUID()
        let arguments = ["callback", attempt.uuidString] + (word.map { [$0] } ?? [])
        let json = """
            {"type":"StasisStart","args":\(arguments),"channel":{"id":"dial-\(attempt.uuidString.lowercased())"}}
            """
        let event = try ExchangeEvent(json: Array(json.utf8))
        guard case .citizenAnswered(_, attempt, _, let found)? = event.input(freshID: { UUID() }) else {
            Issue.record("a citizen answered")
            return
        }
        #expect(found == isMachine)
    }

    @Test("T-15 Names that are garbage, missing members and unknown events are no errors")
    func strangeEvents() throws {
        let json = #"{"type":"SomethingNew","channel":{"id":"x","caller":{"name":"\#u{FFFD}"}},"new":[1]}"#
        #expect(try ExchangeEvent(json: Array(json.utf8)).input(freshID: { UUID() }) == nil)
        // CP1251 in a name: bytes that are no UTF-8 are replaced, the call is a call.
        var broken = Array(
            #"{"type":"StasisStart","args":["inbound","122"],"channel":{"id":"y","caller":{"name":""#.utf8)
        broken += [0xC8, 0xE2, 0xE0, 0xED]
        broken += Array(#"","number":"+79990000001"}}}"#.utf8)
        let event = try ExchangeEvent(json: broken)
        guard case .callerEntered("y", .known, "122", _, _)? = event.input(freshID: { UUID() }) else {
            Issue.record("the caller is lost")
            return
        }
        for json in [#"{"type":"StasisStart"}"#, #"{"type":"ChannelDestroyed"}"#, #"{"type":"Dial"}"#] {
            #expect(try ExchangeEvent(json: Array(json.utf8)).input(freshID: { UUID() }) == nil)
        }
    }

    @Test(
        "A-04, A-05 A caller id of the trunk becomes the number that can be called back",
        arguments: [
            ("+79270000401;npdi;rn=+79581234567", "+79270000401"), ("sip:+79270000402@10.0.0.1", "+79270000402"),
            ("375290000401", "+375290000401"), ("00375290000402", "+375290000402"),
        ])
    func trunkCallers(signalled: String, e164: String) throws {
        let json =
            #"{"type":"StasisStart","args":["inbound","122"],"channel":{"id":"y","caller":{"number":"\#(signalled)"}}}"#
        let event = try ExchangeEvent(json: Array(json.utf8))
        guard case .callerEntered(_, let caller, _, _, let original)? = event.input(freshID: { UUID() }) else {
            Issue.record("the caller is lost")
            return
        }
        #expect(caller.number?.e164 == e164 && original == signalled)
    }

    // MARK: Dials

    @Test(
        "C-01 The recorded ends of dials have the outcomes that happened",
        arguments: [
            ("e1_originate_busy", DialOutcome.busy), ("e2_create_dial_busy", .busy), ("e3_originate_busy_early", .busy),
            ("e4_originate_local_busy", .busy), ("f1_originate_noanswer", .noAnswer),
            ("f2_create_dial_noanswer", .noAnswer), ("f3_originate_local_noanswer", .noAnswer),
            ("f4_originate_480", .noAnswer), ("g1_originate_503", .unreachable), ("g2_create_dial_503", .unreachable),
            ("g3_originate_404", .unreachable), ("g4_originate_603", .rejected),
            ("g8_originate_local_congest", .unreachable),
        ])
    func dialOutcomes(_ trace: String, _ outcome: DialOutcome) throws {
        let events = try Trace(trace).events
        // Of the two halves of a Local channel the first to end is ours.
        let status = events.last { $0.type == "Dial" }?.dialstatus
        let cause = events.first { $0.type == "ChannelDestroyed" }?.cause
        #expect(cause != nil)
        #expect(DialResult.outcome(status: status, cause: cause) == outcome)
    }

    @Test(
        "C-03 A dial that was answered is answered once, whoever hangs up then",
        arguments: [
            "d1_originate_answered", "d3_originate_local_answered", "d4_originate_answered_then_bye",
            "d5_callback_joined",
        ])
    func answeredDials(_ trace: String) throws {
        var scene = LineScene()
        let attempt = UUID()
        let number = try PhoneNumber(parsing: "+79990000001")
        try scene.give(
            .dial(
                DialCitizen(
                    attemptID: attempt, callbackID: UUID(), number: number, preferredOperatorID: nil,
                    originalCallID: UUID())))
        let ours = Dial.channelPrefix + attempt.uuidString.lowercased()
        for event in try Trace(trace).events {
            var event = event
            guard event.args?.first == "callback" || event.channel?.id.hasPrefix("cb-") == true || event.peer != nil
            else { continue }
            if event.channel?.id.hasSuffix("-b") == true { continue }
            event.channel?.id = ours
            event.peer?.id = ours
            if let input = event.input(freshID: { UUID() }) { scene.happen(input) }
        }
        #expect(scene.events(DialFinished.self).map(\.outcome) == [.answered])
        #expect(scene.events(CallEnded.self).count == 1)
    }

    @Test("C-03 An id in use means that the channel lives; a telephone that cannot be rung is refused (traces d6, g6)")
    func originateAnswers() throws {
        let duplicate = try Trace("d6_originate_duplicate_id").answers.filter { $0.method == "POST" }
        #expect(duplicate.map(\.status) == [200, 409, 200])
        #expect(duplicate.allSatisfy { ExchangeREST.originated("x", status: $0.status) == .done })
        let refused = try Trace("g6_originate_refused").answers
        #expect(refused.map(\.status) == [500, 500, 500, 400, 400, 200, 200])
        let results = refused.map { ExchangeREST.originated("x", status: $0.status) }
        #expect(results == Array(repeating: .refused(channel: "x"), count: 5) + [.done, .done])
    }

    @Test(
        "C-01 Outcomes that were recorded without a usable cause follow from the last status",
        arguments: [
            ("BUSY", 0, DialOutcome.busy), ("CONGESTION", 0, .unreachable), ("ANSWER", 0, .failed), ("", 0, .failed),
            // A-08
            ("PROGRESS", 0, .noAnswer), ("PROGRESS", 16, .noAnswer), ("PROCEEDING", 0, .noAnswer),
            ("PROGRESS", 17, .busy), ("PROGRESS", 1, .unreachable), ("PROGRESS", 21, .rejected),
        ])
    func dialOutcomesByStatus(_ status: String, _ cause: Int, _ outcome: DialOutcome) {
        #expect(DialResult.outcome(status: status, cause: cause) == outcome)
        #expect(DialResult.outcome(status: status, cause: nil) == .unknown)
    }

    // MARK: Causes

    @Test(
        "T-15 Causes of a lost line in a conversation",
        arguments: [
            (16, nil, false), (0, nil, false), (19, nil, false), (127, 487, false), (127, 500, true), (127, nil, true),
            (38, nil, true), (41, nil, true), (44, nil, true), (27, nil, true), (31, nil, false),
        ] as [(Int, Int?, Bool)])
    func causes(_ cause: Int, _ technical: Int?, _ isLost: Bool) {
        let release = CallRelease(cause: cause, technical: technical)
        #expect(release.outcome(isOurs: false) == (isLost ? .callerLineBroken : .completedByCaller))
        #expect(release.outcome(isOurs: true) == .completedByOperator)
    }

    @Test(
        "T-15 A caller whose voice has been missing is hung up by the exchange, and it is the caller's line that broke")
    func vanishedDevice() {
        #expect(CallRelease(cause: 44, request: .exchange).outcome(isOurs: false) == .callerLineBroken)
        #expect(CallRelease(cause: 16, request: .exchange).outcome(isOurs: false) == .exchangeBroken)
    }

    @Test("C-04 The telephone shows the caller; of a citizen who is dialled later the exchange knows no channel yet")
    func callerShown() {
        #expect(ExchangeREST.caller(shownFor: "pbx122-1795229709.0").map(\.0) == ["originator"])
        let later = ExchangeREST.caller(shownFor: Line.outboundChannel(UUID()))
        #expect(later.map(\.0) == ["callerId"])
    }

    @Test("T-15 An end that was not heard is a break, unless the caller's own hang-up was heard")
    func unheardEnds() {
        #expect(CallRelease.unheard.outcome(isOurs: false) == .exchangeBroken)
        #expect(CallRelease(cause: nil, request: .remote(cause: nil)).outcome(isOurs: false) == .completedByCaller)
        #expect(CallRelease(cause: nil, request: .remote(cause: 38)).outcome(isOurs: false) == .callerLineBroken)
    }
}
