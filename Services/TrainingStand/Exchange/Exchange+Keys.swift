extension Exchange {
    private static let digits: Set<Character> = Set("0123456789ABCDabcd*#")

    static func isKey(_ digit: Character) -> Bool { self.digits.contains(digit) }

    /// Presses keys of a living channel one after the other, `gap` seconds apart, the first one now.
    mutating func press(_ digits: String, on id: String, gap: Double = 0.1) {
        guard let serial = self.channels[id]?.serial else { return }
        for (index, digit) in digits.enumerated() {
            if index == 0 {
                self.keyPressed(id, serial, String(digit))
            } else {
                self.schedule(
                    .keyPressed(channel: id, serial: serial, digit: String(digit)), after: Double(index) * gap)
            }
        }
    }

    /// `ChannelDtmfReceived` when the key is released, if the exchange can hear it; it can end a recording.
    mutating func keyPressed(_ id: String, _ serial: Int, _ digit: String) {
        guard let channel = self.channel(id, serial: serial) else { return }
        self.statistics.keys += 1
        guard self.hearsKeys(of: channel) else { return }
        self.statistics.keysHeard += 1
        // The duration that SIPp's keys had in the recording j_dtmf_rfc4733.
        self.emit(
            "ChannelDtmfReceived", channel: id, [("digit", .string(digit)), ("duration_ms", 280)])
        if let recording = self.runningRecording(of: id), recording.endsWith(digit) {
            self.finishRecording(recording.name)
        }
    }

    /// Something was said to a citizen who was called and is in no bridge: presses the next key, hangs up, or listens on.
    mutating func wasTold(_ id: String) {
        guard let channel = self.channels[id], case .citizen = channel.role, channel.bridge == nil else { return }
        var keys = channel.keysLeft ?? self.outcomes.keys(of: channel.number, chance: &self.chance)[...]
        let key = keys.popFirst()
        self.channels[id]?.keysLeft = keys
        // Who is spoken to does not hang up because nobody speaks.
        self.replan(id, after: 30)
        switch key {
        case "h": self.replan(id, after: self.outcomes.keyDelay)
        case let key? where Self.isKey(key):
            self.schedule(
                .keyPressed(channel: id, serial: channel.serial, digit: String(key)), after: self.outcomes.keyDelay)
        default: break
        }
    }

    /// Before the answer there is no voice path for keys, and between two legs whose voice the exchange does not
    /// touch (`native_rtp`) it sees none: the caller of trace j3_dtmf_in_bridge pressed five and nothing was heard.
    func hearsKeys(of channel: ExchangeChannel) -> Bool {
        guard channel.state == "Up", !channel.isTransferred else { return false }
        return channel.bridge.flatMap { self.bridges[$0] }?.technology != "native_rtp"
    }

    /// The hold key of a telephone: only this one says `ChannelHold`.
    mutating func pressHold(_ isHeld: Bool, on id: String) {
        if isHeld {
            self.emit("ChannelHold", channel: id, [("musicclass", "default")])
        } else {
            self.emit("ChannelUnhold", channel: id)
        }
    }
}
