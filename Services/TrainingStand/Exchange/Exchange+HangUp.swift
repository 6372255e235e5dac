extension Exchange {
    /// The `ChannelHangupRequest` that opens an end: what it says is unreliable on a real exchange, so here too.
    enum HangUpRequest {
        /// From the other side, with the cause it named, if any.
        case remote(cause: Int?)
        /// From the exchange itself: a soft-hangup flag, not a Q.850 cause.
        case soft(Int)
    }

    /// Ends a channel: `ChannelHangupRequest`, `ChannelLeftBridge`, `StasisEnd`, `ChannelDestroyed`, each to whom it
    /// concerns at that moment. `ChannelDestroyed` of an inbound channel reaches only who subscribed to the channel.
    mutating func hangUp(_ id: String, request: HangUpRequest?, cause: Int, technical: Int? = nil) {
        guard let channel = self.channels[id] else { return }
        let tech: [(String, JSONValue)] = technical.map { [("tech_cause", .int($0))] } ?? []
        if channel.isCaller, channel.state == "Ring", let name = channel.application,
            self.applications[name]?.isConnected != true
        {
            self.statistics.unheard += 1
            self.unheardCalls.append(id)
        }
        self.emitQuality(channel)
        switch request {
        case .remote(let cause):
            self.emit("ChannelHangupRequest", channel: id, (cause.map { [("cause", .int($0))] } ?? []) + tech)
        case .soft(let flag):
            self.emit("ChannelHangupRequest", channel: id, [("cause", .int(flag)), ("soft", true)])
        case nil: break
        }
        self.dropMedia(target: "channel:\(id)")
        self.leaveBridge(id, keepsInterest: true)
        let wasInStasis = channel.application != nil
        self.leaveStasis(id)
        if wasInStasis { self.emitVariable("STASISSTATUS", "SUCCESS", channel: id) }
        if !channel.isOriginated {
            self.emit("ChannelHangupRequest", channel: id, [("cause", 16), ("soft", true)] + tech)
        }
        let isDialled = channel.isOriginated && !channel.isCreated
        self.channels[id]?.appName = isDialled ? "AppDial2" : ""
        self.channels[id]?.appData = isDialled ? "(Outgoing Line)" : ""
        self.emit(
            "ChannelDestroyed", channel: id,
            [("cause", .int(cause)), ("cause_txt", .string(ReleaseCause.text(cause)))] + tech)
        if channel.isCaller { self.callEnds[channel.number] = self.now }
        if let index = channel.dialIndex {
            self.dials[index].endedAt = self.now
            self.dials[index].cause = cause
        }
        self.forget(channel: id)
        for snoop in channel.snoops { self.hangUp(snoop, request: nil, cause: 0) }
        if case .snoop(let listened) = channel.role { self.channels[listened]?.snoops.removeAll { $0 == id } }
    }

    /// Removes the channel and everybody's interest in it.
    mutating func forget(channel id: String) {
        if let bridge = self.channels[id]?.bridge { self.bridges[bridge]?.channels.remove(id) }
        let role = self.channels.removeValue(forKey: id)?.role
        for name in self.applications.keys where self.applications[name]?.channels[id] != nil {
            self.applications[name]?.forget(channel: id)
            self.forgetIfUnused(name)
        }
        self.latency.forget(channel: id)
        if case .replayed(let run)? = role { self.replayLostChannel(run) }
    }

    private mutating func forgetIfUnused(_ name: String) {
        guard let application = self.applications[name], !application.isConnected, !application.hasSubscriptions else {
            return
        }
        self.applications[name] = nil
    }

    /// `StasisEnd` to the application that holds the channel, and the end of that interest.
    mutating func leaveStasis(_ id: String) {
        guard let name = self.channels[id]?.application else { return }
        self.emit("StasisEnd", channel: id, application: name)
        self.channels[id]?.application = nil
        self.applications[name]?.unsubscribe(channel: id)
    }

    /// Quality of the voice stream, as variables, before everything else of an end.
    private mutating func emitQuality(_ channel: ExchangeChannel) {
        guard channel.state == "Up" else { return }
        let bridge = channel.bridge.flatMap { self.bridges[$0] }
        let isPair = bridge?.isMixing == true && bridge?.channels.count == 2
        let peer = isPair ? bridge?.channels.first { $0 != channel.id } : nil
        for (name, value) in Self.quality {
            self.emitVariable(name, value, channel: channel.id)
            if let peer { self.emitVariable(name + "BRIDGED", value, channel: peer) }
        }
    }

    private static let quality = [
        (
            "RTPAUDIOQOS",
            "ssrc=1968901030;themssrc=3390111744;lp=0;rxjitter=0.000000;rxcount=350;txjitter=0.000500;txcount=348"
                + ";rlp=0;rtt=0.000000;rxmes=0.000000;txmes=88.087887"
        ),
        ("RTPAUDIOQOSJITTER", "minrxjitter=000.000000;maxrxjitter=000.007500;avgrxjitter=000.000843;"),
        ("RTPAUDIOQOSLOSS", "  minrxlost=000.000000;  maxrxlost=000.000000;  avgrxlost=000.000000;"),
        ("RTPAUDIOQOSRTT", "     minrtt=000.000000;     maxrtt=000.000000;     avgrtt=000.000000;"),
        ("RTPAUDIOQOSMES", "   minrxmes=088.087887;   maxrxmes=088.087887;   avgrxmes=088.087887;"),
    ]
}

extension Exchange {
    /// Somebody, or the exchange itself, ends a living channel; without a cause as its state has it.
    mutating func release(_ id: String, cause: Int?, technical: Int?, isSoft: Bool) {
        guard let channel = self.channels[id] else { return }
        let usual = self.release(of: channel)
        if channel.isCaller, channel.application != nil || channel.isTransferred {
            if !channel.hasTalked {
                self.statistics.abandoned += 1
            } else if let cause, cause != 16, cause != 0, channel.isTalking {
                self.statistics.broken[String(cause), default: 0] += 1
            } else {
                self.statistics.ended += 1
            }
        }
        let final = cause ?? (isSoft ? 16 : usual.cause)
        let status = technical ?? (cause.map { ReleaseCause.technical($0) } ?? usual.technical)
        // The exchange's own hang-up shows a flag instead of a cause (trace c5_drop_softhangup).
        let request: HangUpRequest = isSoft ? .soft(32) : cause.map { .remote(cause: $0) } ?? usual.request
        self.hangUp(id, request: request, cause: final, technical: status)
    }
}
