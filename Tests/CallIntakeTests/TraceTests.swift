import Contracts
import Foundation
import Testing

@testable import CallIntake

/// The outcomes of calls and dials as a real Asterisk 22 told them.
@Suite struct TraceTests {
    private static func events(_ trace: String, _ file: String) throws -> [ExchangeEvent] {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/Traces/\(trace)/\(file)")
        return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map {
            try ExchangeEvent(json: Array($0.utf8))
        }
    }

    /// Plays a recording to a line with one ready operator, whose leg gets the id that was recorded.
    /// - Parameter isSubscribed: adds the ends of inbound channels, which only a subscription tells (trace a3); they
    ///   are taken from the socket that heard all.
    private static func play(_ trace: String, isSubscribed: Bool) throws -> LineScene {
        let events = try self.events(trace, "events.jsonl")
        var ends: [String: ExchangeEvent] = [:]
        if isSubscribed {
            for event in try self.events(trace, "events-all.jsonl") where event.type == "ChannelDestroyed" {
                if let channel = event.channel?.id { ends[channel] = event }
            }
            for event in events where event.type == "ChannelDestroyed" { ends[event.channel?.id ?? ""] = nil }
        }
        var scene = LineScene()
        if events.contains(where: { $0.args?.first == "operator" }) { try scene.ready("1") }
        var legs: [String: String] = [:]
        for event in events {
            var event = event
            if let args = event.args, args.first == "operator", let leg = event.channel?.id {
                legs[leg] = scene.line.calls.values.first { $0.channel == args[1] }?.legID
            }
            let recorded = event.channel?.id ?? ""
            event.channel?.id = legs[recorded] ?? recorded
            if let input = event.input(freshID: { UUID() }) { scene.happen(input) }
            if event.type == "StasisEnd", let input = ends[recorded]?.input(freshID: { UUID() }) { scene.happen(input) }
        }
        return scene
    }

    @Test(
        "T-15 The recorded ends of calls have the outcomes that happened",
        arguments: [
            ("a_inbound_answered", CallOutcome.completed, 16), ("b_abandoned_waiting", .abandoned, 16),
            ("b2_abandoned_ringing", .abandoned, 127), ("c1_drop_cause38", .broken, 38),
            ("c2_drop_cause41", .broken, 41), ("c5_drop_softhangup", .broken, 16),
        ])
    func callOutcomes(_ trace: String, _ outcome: CallOutcome, _ cause: Int) throws {
        let scene = try Self.play(trace, isSubscribed: true)
        #expect(scene.events(CallReceived.self).count == 1)
        let ended = scene.events(CallEnded.self)
        #expect(ended.map(\.outcome) == [outcome])
        #expect(ended.first?.cause == cause)
    }

    @Test("T-15 The recorded break of the operator's leg puts the caller back to the head of the queue")
    func operatorDrops() throws {
        let events = try Self.events("c6_operator_drops", "events.jsonl")
        let destroyed = try #require(events.firstIndex { $0.type == "ChannelDestroyed" })
        #expect(events[destroyed].cause == 16)
        let scene = try Self.play("c6_operator_drops", isSubscribed: false)
        #expect(scene.events(CallAnswered.self).count == 1)
        #expect(scene.events(CallEnded.self).isEmpty, "the caller's end is not told without a subscription")
        #expect(scene.rung.count == 2)
    }

    @Test("T-15 Names that are garbage and unknown events are no errors")
    func strangeEvents() throws {
        let json = #"{"type":"SomethingNew","channel":{"id":"x","caller":{"name":"\#u{FFFD}"}},"new":[1]}"#
        let strange = try ExchangeEvent(json: Array(json.utf8))
        #expect(strange.input(freshID: { UUID() }) == nil)
    }

    @Test(
        "C-01 The recorded ends of dials have the outcomes that happened",
        arguments: [
            ("e1_originate_busy", DialOutcome.busy), ("f1_originate_noanswer", .noAnswer),
            ("f4_originate_480", .noAnswer), ("g1_originate_503", .unreachable), ("g3_originate_404", .unreachable),
            ("g4_originate_603", .rejected),
        ])
    func dialOutcomes(_ trace: String, _ outcome: DialOutcome) throws {
        var status: String?
        var cause: Int?
        for event in try Self.events(trace, "events.jsonl") {
            if event.type == "Dial" { status = event.dialstatus }
            if event.type == "ChannelDestroyed" { cause = event.cause }
        }
        #expect(cause != nil)
        #expect(DialResult.outcome(status: status, cause: cause) == outcome)
    }

    @Test(
        "C-01 Outcomes that were recorded without a usable cause follow from the last status",
        arguments: [
            ("BUSY", 0, DialOutcome.busy), ("CONGESTION", 0, .unreachable), ("ANSWER", 0, .failed), ("", 0, .failed),
        ])
    func dialOutcomesByStatus(_ status: String, _ cause: Int, _ outcome: DialOutcome) {
        #expect(DialResult.outcome(status: status, cause: cause) == outcome)
        #expect(DialResult.outcome(status: status, cause: nil) == .unknown)
    }

    @Test(
        "T-15 Causes of a lost line, with and without a conversation",
        arguments: [
            (16, nil, false), (0, nil, false), (19, nil, false), (127, 487, false), (127, 500, true), (127, nil, true),
            (38, nil, true), (41, nil, true), (44, nil, true), (27, nil, true), (31, nil, false),
        ] as [(Int, Int?, Bool)])
    func causes(_ cause: Int, _ technical: Int?, _ isLost: Bool) {
        let release = CallRelease(cause: cause, technical: technical)
        #expect(release.outcome(hasSpoken: true, isOurs: false) == (isLost ? .broken : .completed))
        #expect(release.outcome(hasSpoken: true, isOurs: true) == .completed)
        #expect(release.outcome(hasSpoken: false, isOurs: false) == .abandoned)
    }

    @Test("T-15 An end that was not heard is a break, unless the caller's own hang-up was heard")
    func unheardEnds() {
        #expect(CallRelease.unheard.outcome(hasSpoken: true, isOurs: false) == .broken)
        let hungUp = CallRelease(cause: nil, request: .remote(cause: nil))
        #expect(hungUp.outcome(hasSpoken: true, isOurs: false) == .completed)
        let lost = CallRelease(cause: nil, request: .remote(cause: 38))
        #expect(lost.outcome(hasSpoken: true, isOurs: false) == .broken)
    }
}
