import Foundation
import OutboundHTTP
import Vocabulary

extension ExchangeREST {
    /// What a command left behind.
    enum Result: Sendable, Equatable {
        case done
        /// The exchange has taken the order to dial a citizen: when it went out, and when it was answered.
        case taken(channel: String, orderedAt: Date, answeredAt: Date)
        /// The exchange refused to ring or to dial; the channel never was.
        case refused(channel: String)
        /// The channel may be gone, or it is unknown whether it began: it is to be looked for.
        case doubtful(channel: String)
        /// Nothing is said to the caller.
        case unsaid(id: String)
        /// The exchange does not record: an alarm (T-04).
        case unrecorded(name: String, reason: String)
    }

    /// Carries a command out. All but originates may be carried out twice.
    /// - Parameters:
    ///   - isAgain: the exchange may have carried it out already.
    ///   - report: what went wrong beside the result.
    /// - Throws: `OutboundHTTPError` when the exchange did not answer, `Unusable` when it failed.
    func carryOut(
        _ command: ExchangeCommand, isAgain: Bool = false, report: @Sendable (Result) async -> Void
    ) async throws -> Result {
        switch command {
        case .admit(let channel):
            guard try await self.listen(channel) else { return .doubtful(channel: channel) }
            let answer = try await self.send("POST", ["channels", channel, "answer"])
            return answer.isDone || answer.status == 409 ? .done : .doubtful(channel: channel)
        case .listen(let channel):
            return try await self.listen(channel) ? .done : .doubtful(channel: channel)
        case .wait(let channel): return try await self.enqueue(channel, isAgain: isAgain)
        case .stopWaiting(let channel):
            return Self.result(
                try await self.send(
                    "POST", ["bridges", self.queueBridge, "removeChannel"], query: [("channel", channel)]), channel)
        case .ring(let leg, let telephone, let channel, let seconds):
            return try await self.ring(leg, telephone, channel, seconds)
        case .dial(let channel, let number, let arguments):
            let orderedAt = Date()
            let result = try await self.originate(
                channel, endpoint: self.address.trunk(number.e164), arguments: arguments,
                timeout: self.address.citizenRing, extra: [("callerId", "\"122\" <122>")],
                variables: ["CHANNEL(musicclass)": "queue122"])
            return result == .done ? .taken(channel: channel, orderedAt: orderedAt, answeredAt: Date()) : result
        case .prepare(let bridge):
            // Without it the conversation makes its bridge itself.
            _ = try await self.makeTalk(bridge)
            return .done
        case .connect(let bridge, let channels, let recording, let isPrepared):
            return try await self.connect(bridge, channels, recording, isPrepared: isPrepared, report: report)
        case .join(let bridge, let channel):
            return Self.result(try await self.add([channel], to: bridge, role: nil), channel)
        case .leave(let bridge, let channel):
            return Self.result(
                try await self.send("POST", ["bridges", bridge, "removeChannel"], query: [("channel", channel)]),
                channel)
        case .startMusic(let bridge):
            _ = try await self.send("POST", ["bridges", bridge, "moh"], query: [("mohClass", "hold122")])
            return .done
        case .stopMusic(let bridge):
            _ = try await self.send("DELETE", ["bridges", bridge, "moh"])
            return .done
        case .hangUp(let channel):
            let answer = try await self.send("DELETE", ["channels", channel])
            return answer.isDone ? .done : .doubtful(channel: channel)
        case .removeBridge(let bridge):
            _ = try await self.send("DELETE", ["bridges", bridge])
            return .done
        default: return try await self.carryOutSound(command)
        }
    }

    private func carryOutSound(_ command: ExchangeCommand) async throws -> Result {
        switch command {
        case .say(let id, let channel, let prompts):
            let media = prompts.map { "sound:\(self.address.prompts)/\($0)" }.joined(separator: ",")
            let answer = try await self.send("POST", ["channels", channel, "play", id], query: [("media", media)])
            if answer.isDone || answer.status == 409 { return .done }
            return answer.status == 404 ? .doubtful(channel: channel) : .unsaid(id: id)
        case .stopSaying(let id):
            _ = try await self.send("DELETE", ["playbacks", id])
            return .done
        case .recordMessage(let channel, let name, let longest, let silence):
            let answer = try await self.send(
                "POST", ["channels", channel, "record"],
                query: [
                    ("name", name), ("format", "wav"), ("maxDurationSeconds", String(longest)),
                    ("maxSilenceSeconds", String(silence)), ("ifExists", "overwrite"), ("beep", "false"),
                    ("terminateOn", "#"),
                ])
            if answer.isDone { return .done }
            if answer.status == 404 { return .doubtful(channel: channel) }
            return .unrecorded(name: name, reason: "the exchange answered \(answer.status)")
        case .tones(let channel, let digits, let pause):
            let before = pause > 0 ? [("before", String(pause))] : []
            return Self.result(
                try await self.send("POST", ["channels", channel, "dtmf"], query: [("dtmf", digits)] + before), channel)
        case .snoop(let channel, let id, let whispers):
            _ = try await self.send(
                "POST", ["channels", channel, "snoop", id],
                query: [
                    ("spy", "both"), ("whisper", whispers ? "out" : "none"), ("app", self.address.application),
                    ("appArgs", "snoop"),
                ])
            return .done
        default: return .done
        }
    }

    // A channel that is gone is looked for; that it is elsewhere already is no fault.
    private static func result(_ answer: Answer, _ channel: String) -> Result {
        answer.isDone || answer.status == 422 || answer.status == 409 ? .done : .doubtful(channel: channel)
    }

    private func ring(
        _ leg: String, _ telephone: ExchangeCommand.Telephone, _ channel: String, _ seconds: Int
    ) async throws -> Result {
        switch telephone {
        case .inside(let extensionNumber, let answersItself):
            // Rows of before, whoever wrote them: what is no telephone of this exchange is not rung.
            guard self.address.telephones.contains(extensionNumber) else { return .refused(channel: leg) }
            // What telephones of the usual makers take for "answer by yourself".
            let variables = [
                "PJSIP_HEADER(add,Call-Info)": "<sip:line122>;answer-after=0",
                "PJSIP_HEADER(add,Alert-Info)": "<http://line122>;info=alert-autoanswer",
            ]
            let result = try await self.originate(
                leg, endpoint: self.address.inside(extensionNumber), arguments: "operator,\(channel)",
                timeout: seconds, extra: Self.caller(shownFor: channel), variables: answersItself ? variables : [:])
            // The caller may have hung up in the same moment; that says nothing about the telephone, whose leg is
            // looked for then and not found.
            if case .refused = result, try await self.isLiving(channel) == false { return .doubtful(channel: leg) }
            return result
        case .outside(let digits):
            return try await self.originate(
                leg, endpoint: self.address.trunk(digits), arguments: "leg,\(channel)", timeout: seconds,
                extra: [("callerId", "\"122\" <122>")])
        }
    }

    /// What the telephone shows: the caller. A citizen who is dialled after the operator has no channel yet, and an
    /// originator that the exchange does not know is refused (400).
    static func caller(shownFor channel: String) -> [(String, String)] {
        Line.isOutbound(channel: channel) ? [("callerId", "\"122\" <122>")] : [("originator", channel)]
    }

    /// The end of an inbound channel is told only to who subscribed to it.
    private func listen(_ channel: String) async throws -> Bool {
        try await self.send(
            "POST", ["applications", self.address.application, "subscription"],
            query: [("eventSource", "channel:\(channel)")]
        ).isDone
    }

    /// Music is the participant's own: that of the bridge ends for good when the last one leaves it, and the role
    /// `participant` of ARI's description means nothing to the exchange, which leaves it in silence. Its class is chosen
    /// by the dialplan (`CHANNEL(musicclass)`), or where we dial.
    private func enqueue(_ channel: String, isAgain: Bool) async throws -> Result {
        let role = "holding_participant"
        if isAgain {
            // Who is in it and is put in once more loses the music; for the others this is refused, which is no matter.
            _ = try await self.send(
                "POST", ["bridges", self.queueBridge, "removeChannel"], query: [("channel", channel)])
        }
        var answer = try await self.add([channel], to: self.queueBridge, role: role)
        if answer.status == 404 {
            // Somebody removed the bridge, or the exchange came back empty.
            try await self.makeQueue()
            answer = try await self.add([channel], to: self.queueBridge, role: role)
        }
        return answer.isDone ? .done : .doubtful(channel: channel)
    }

    /// - Returns: whether the bridge is there.
    private func makeTalk(_ bridge: String) async throws -> Bool {
        let made = try await self.send(
            "POST", ["bridges"], query: [("type", "mixing"), ("bridgeId", bridge), ("name", "talk")])
        return made.isDone || made.status == 409
    }

    private func connect(
        _ bridge: String, _ channels: [String], _ recording: String?, isPrepared: Bool,
        report: @Sendable (Result) async -> Void
    ) async throws -> Result {
        if !isPrepared, try await !self.makeTalk(bridge) { return .doubtful(channel: channels.first ?? "") }
        // Before the first word. A conversation is not refused because it cannot be recorded: that is an alarm.
        if let recording {
            var refusal = try await self.record(bridge, recording)
            // The bridge was not made after all, or somebody removed it.
            if refusal == 404, isPrepared, try await self.makeTalk(bridge) {
                refusal = try await self.record(bridge, recording)
            }
            if let refusal { await report(.unrecorded(name: recording, reason: "the exchange answered \(refusal)")) }
        }
        var added = try await self.add(channels, to: bridge, role: nil)
        if added.status == 404, isPrepared, try await self.makeTalk(bridge) {
            added = try await self.add(channels, to: bridge, role: nil)
        }
        if added.isDone { return .done }
        // One of them is gone: the others are together all the same.
        for channel in channels where try await !self.add([channel], to: bridge, role: nil).isDone {
            await report(.doubtful(channel: channel))
        }
        return .done
    }

    /// - Returns: with which status the exchange refused; nil when it records.
    private func record(_ bridge: String, _ name: String) async throws -> Int? {
        // An exchange that fails is asked once more, then the people speak: they are waiting.
        for attempt in 1...2 {
            do {
                let answer = try await self.send(
                    "POST", ["bridges", bridge, "record"],
                    query: [("name", name), ("format", "wav"), ("ifExists", "fail"), ("beep", "false")])
                return answer.isDone || answer.status == 409 ? nil : answer.status
            } catch let error as Unusable where attempt == 2 {
                return error.status
            } catch is Unusable {}
        }
        return nil
    }

    private func add(_ channels: [String], to bridge: String, role: String?) async throws -> Answer {
        try await self.send(
            "POST", ["bridges", bridge, "addChannel"],
            query: [("channel", channels.joined(separator: ","))] + (role.map { [("role", $0)] } ?? []))
    }

    /// What the exchange's answer to an originate means. 409: the id is in use, so the channel lives and it was sent
    /// before; 400 and 500 (with `error` instead of `message`): there is no such telephone, nothing rings.
    static func originated(_ channel: String, status: Int) -> Result {
        (200..<300).contains(status) || status == 409 ? .done : .refused(channel: channel)
    }

    // A channel id that is free again rings a second time, so nothing here is ever sent twice, not even by libcurl.
    private func originate(
        _ channel: String, endpoint: String, arguments: String, timeout: Int, extra: [(String, String)],
        variables: [String: String] = [:]
    ) async throws -> Result {
        do {
            let body = variables.isEmpty ? nil : try JSONEncoder().encode(["variables": variables])
            let answer = try await self.send(
                "POST", ["channels", channel],
                query: [
                    ("endpoint", endpoint), ("app", self.address.application), ("appArgs", arguments),
                    ("timeout", String(timeout)),
                ] + extra, body: body.map { Array($0) }, isRepeatable: false)
            return Self.originated(channel, status: answer.status)
        } catch let error as OutboundHTTPError {
            // A dial that surely was not sent has failed and may be tried again by another attempt. A leg says nothing
            // about its operator then: it is looked for, and not found.
            let isDial = Dial.attempt(ofChannel: channel) != nil
            return isDial && !error.wasSent ? .refused(channel: channel) : .doubtful(channel: channel)
        }
    }
}
