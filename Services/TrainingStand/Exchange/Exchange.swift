import Foundation

/// A telephone exchange as ARI shows it, as a value: commands and timers go in, answers and outputs come out.
///
/// Every rule is one of a recorded Asterisk 22: who hears what, what ends a call, what is refused. No I/O, no clock:
/// `now` is set before each call from outside, and `drain()` hands over what is to be sent or timed.
struct Exchange: Sendable {
    /// What every event and `GET /asterisk/info` call the machine.
    let asteriskID: String
    let systemName: String
    let utcOffset: Int
    var startedAt: Date
    var chance: Chance
    /// Apart from the other one, so that faults do not change which calls come.
    var faultChance: Chance

    var channels: [String: ExchangeChannel] = [:]
    var bridges: [String: ExchangeBridge] = [:]
    var applications: [String: StasisApplication] = [:]
    var recordings: [String: ExchangeRecording] = [:]
    var playbacks: [String: ExchangePlayback] = [:]
    /// By target, `channel:ID` or `bridge:ID`; the first of each runs.
    var mediaQueues: [String: [MediaTask]] = [:]
    var sounds = SoundPlan()
    var traffic: [Int: TrafficPlan] = [:]
    var outcomes = OutcomePlan()
    var replays: [Int: Replay] = [:]
    var statistics = ExchangeStatistics()
    var latency = Latency()
    var faults = ExchangeFaults()
    var recordingFaults = RecordingFaults()
    var downUntil: Date?
    var dials: [CitizenDial] = []
    /// The channels of the calls that `statistics` counts under these names.
    var announcedCalls: [String] = []
    var unheardCalls: [String] = []
    /// When the last call from a number ended.
    var callEnds: [String: Date] = [:]

    private(set) var stamp = ""
    private var outputs: [ExchangeOutput] = []
    private var lastSerial = 0
    private var lastNumber = -1

    /// The present moment; every event and creation time bears it.
    var now: Date {
        didSet { self.stamp = CivilTime.stamp(self.now, utcOffset: self.utcOffset) }
    }

    /// `number` tells the exchanges of one stand apart, from 1.
    init(systemName: String = "pbx122", number: Int = 1, utcOffset: Int = 0, seed: UInt64, startedAt: Date) {
        let digits = String(number, radix: 16)
        self.asteriskID = "02:00:7f:00:00:" + (digits.utf8.count < 2 ? "0" : "") + digits
        self.systemName = systemName
        self.utcOffset = utcOffset
        self.startedAt = startedAt
        self.now = startedAt
        self.chance = Chance(seed: seed)
        self.faultChance = Chance(seed: seed &+ 122)
        self.stamp = CivilTime.stamp(startedAt, utcOffset: utcOffset)
    }

    /// What piled up since the last call, in order.
    mutating func drain() -> [ExchangeOutput] {
        defer { self.outputs.removeAll(keepingCapacity: true) }
        return self.outputs
    }

    /// At most ten days from now, whatever a command asks for.
    mutating func schedule(_ timer: ExchangeTimer, after seconds: Double) {
        let limit = 864_000.0
        self.outputs.append(.timer(seconds: seconds.isFinite ? min(max(0, seconds), limit) : limit, timer))
    }

    mutating func nextSerial() -> Int {
        self.lastSerial += 1
        return self.lastSerial
    }

    /// `pbx122-1795230123.40`: system name, second, counter.
    mutating func nextChannelID() -> String {
        self.lastNumber += 1
        return "\(self.systemName)-\(Int(self.now.timeIntervalSince1970)).\(self.lastNumber)"
    }

    /// `PJSIP/trunk122-0000002a`.
    func channelName(_ endpoint: String, serial: Int) -> String {
        let digits = String(serial, radix: 16)
        return "PJSIP/\(endpoint)-" + String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits
    }

    // MARK: Events

    /// Sends one event to whom it concerns: to `application` alone, or to everybody subscribed to the channel, the
    /// bridge or all.
    mutating func emit(
        _ type: String, channel: String? = nil, bridge: String? = nil, application only: String? = nil,
        as role: String = "channel", _ details: [(String, JSONValue)] = []
    ) {
        var event: [JSONValue.Member]?
        for name in self.applications.keys {
            let copies = self.copies(of: type, to: name, only: only, channel: channel, bridge: bridge)
            guard copies > 0 else { continue }
            let body = event ?? self.event(type, channel: channel, bridge: bridge, role: role, details)
            event = body
            self.send(.object(body + [.init(key: "application", value: .string(name))]), to: name, copies: copies)
        }
        if event != nil, let channel, Latency.timed.contains(type) { self.time(type, channel: channel) }
    }

    /// An event about the channel was sent: the next command about it is timed.
    mutating func time(_ type: String, channel id: String) {
        guard let channel = self.channels[id] else { return }
        self.latency.sent(type, channel: id, isCaller: channel.isCaller, at: self.now)
    }

    /// Queues an event that names its application already.
    mutating func send(_ event: JSONValue, to application: String, copies: Int = 1) {
        for _ in 0..<copies {
            guard self.faults.touchesEvents else {
                self.queue(event.bytes, to: application)
                continue
            }
            for frame in self.spoilt(event, to: application) { self.queue(frame, to: application) }
        }
    }

    private mutating func queue(_ frame: [UInt8], to application: String) {
        self.statistics.events += 1
        self.outputs.append(.event(application: application, frame))
    }

    private func event(
        _ type: String, channel: String?, bridge: String?, role: String, _ details: [(String, JSONValue)]
    ) -> [JSONValue.Member] {
        var members: [JSONValue.Member] = [
            .init(key: "type", value: .string(type)), .init(key: "timestamp", value: .string(self.stamp)),
        ]
        members += details.map { .init(key: $0.0, value: $0.1) }
        if let bridge = bridge.flatMap({ self.bridges[$0] }) {
            members.append(.init(key: "bridge", value: bridge.json))
        }
        if let channel = channel.flatMap({ self.channels[$0] }) {
            members.append(.init(key: role, value: channel.json))
        }
        members.append(.init(key: "asterisk_id", value: .string(self.asteriskID)))
        return members
    }

    /// How often the application hears of it. A subscription to an endpoint comes on top of one to the channel, as
    /// on the recorded exchange.
    private func copies(
        of type: String, to name: String, only: String?, channel: String?, bridge: String?
    ) -> Int {
        guard let application = self.applications[name], application.isConnected, application.accepts(type) else {
            return 0
        }
        if let only { return only == name ? 1 : 0 }
        if application.isSubscribedToAll { return 1 }
        var copies = 0
        if let channel, application.channels[channel] != nil {
            copies = 1
        } else if let bridge, application.bridges[bridge] != nil {
            copies = 1
        }
        if let channel, !application.endpoints.isEmpty, let endpoint = self.channels[channel]?.endpoint,
            application.endpoints.contains(endpoint)
        {
            copies += 1
        }
        return copies
    }

    /// Variables cost most and are filtered most: built only if somebody listens.
    mutating func emitVariable(_ name: String, _ value: String, channel: String) {
        self.emit("ChannelVarset", channel: channel, [("variable", .string(name)), ("value", .string(value))])
    }

    // MARK: Timers

    mutating func fire(_ timer: ExchangeTimer) {
        switch timer {
        case .originateStarts(let channel, let serial): self.originateStarts(channel, serial)
        case .originateResolves(let channel, let serial): self.originateResolves(channel, serial)
        case .callerActs(let channel, let serial, let generation): self.callerActs(channel, serial, generation)
        case .fallbackEnds(let channel, let serial): self.fallbackEnds(channel, serial)
        case .nextCall(let traffic): self.nextCall(traffic)
        case .playbackEnds(let id, let serial): self.soundEnds(id, serial)
        case .keyPressed(let channel, let serial, let digit): self.keyPressed(channel, serial, digit)
        case .messageEnds(let channel, let serial, let generation): self.messageEnds(channel, serial, generation)
        case .recordingEnds(let name, let serial): self.recordingIsDue(name, serial)
        case .replay(let run, let generation): self.replayIsDue(run, generation)
        }
    }

    func channel(_ id: String, serial: Int) -> ExchangeChannel? {
        guard let channel = self.channels[id], channel.serial == serial else { return nil }
        return channel
    }
}
