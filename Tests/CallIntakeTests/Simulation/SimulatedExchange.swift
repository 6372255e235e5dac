import Foundation
import Vocabulary

@testable import CallIntake

/// As much of an exchange as the rules can tell: channels, bridges, recordings. It answers commands as the real one
/// does and says what happened; who picks up and who hangs up is decided by the simulation.
struct SimulatedExchange {
    enum Kind: Equatable {
        case caller
        /// The telephone it rings.
        case telephone(String)
        case citizen
        case snoop
    }

    struct Channel {
        let kind: Kind
        var isUp: Bool
        /// In our application: what the dialplan or another application has is not ours.
        var isOurs: Bool
        /// Its end is told to us.
        var isSubscribed: Bool
        var bridge: String?
        var arguments: [String]
        var number: String?
        var message: String?
    }

    /// What the exchange says, or what became of a command.
    enum Output {
        case event(LineInput)
        /// `StasisEnd`: the channel's own end may not be told.
        case doubt(String)
        /// A telephone rings and somebody may pick up.
        case rings(leg: String, Kind, seconds: Int)
        case plays(String, prompts: [String], to: String)
        case records(name: String)
    }

    private(set) var channels: [String: Channel] = [:]
    private(set) var bridges: [String: Set<String>] = [:]
    /// Recordings that run: of a bridge, or of a channel.
    private(set) var recordings: [String: String] = [:]
    private var outputs: [Output] = []
    /// Every id that was ever originated.
    private var originated: Set<String> = []
    /// What must never happen.
    private(set) var violations: [String] = []

    mutating func drain() -> [Output] {
        defer { self.outputs = [] }
        return self.outputs
    }

    var snapshot: ExchangeSnapshot {
        ExchangeSnapshot(
            channels: Dictionary(
                uniqueKeysWithValues: self.channels.map { id, channel in
                    (
                        id,
                        ExchangeSnapshot.Channel(
                            id: id, state: channel.isUp ? "Up" : "Ringing", callerNumber: channel.number,
                            arguments: channel.isOurs ? channel.arguments : nil)
                    )
                }), bridges: self.bridges)
    }

    // MARK: From outside

    /// A caller comes in. Without a listener the call falls through to the dialplan and is not ours.
    mutating func callerEnters(_ id: String, number: String?, callID: UUID, isHeard: Bool) {
        self.channels[id] = Channel(
            kind: .caller, isUp: false, isOurs: isHeard, isSubscribed: false, arguments: ["inbound", "122"],
            number: number)
        if isHeard {
            self.tell(.callerEntered(channel: id, caller: .init(raw: number), line: "122", callID: callID))
        }
    }

    mutating func picksUp(_ leg: String, callID: UUID, isHeard: Bool) {
        guard var channel = self.channels[leg], !channel.isUp else { return }
        // Without a listener the telephone is answered and dropped at once.
        guard isHeard else { return self.end(leg, cause: 0) }
        channel.isUp = true
        channel.isOurs = true
        self.channels[leg] = channel
        switch channel.arguments.first {
        case "callback":
            guard let attempt = Dial.attempt(ofChannel: leg) else { return }
            self.tell(.citizenAnswered(channel: leg, attemptID: attempt, callID: callID))
        case "outbound": self.tell(.outboundAnswered(channel: leg))
        default: self.tell(.legAnswered(leg: leg))
        }
    }

    mutating func press(_ digit: String, on id: String) {
        guard let channel = self.channels[id], channel.isUp, channel.isOurs else { return }
        self.tell(.keyPressed(channel: id, digit: digit))
    }

    /// The hold key of a telephone that speaks: the exchange plays the music by itself.
    mutating func pressHold(_ isHeld: Bool, on id: String) {
        guard let channel = self.channels[id], channel.isUp, channel.isOurs, channel.bridge != nil else { return }
        self.tell(.telephoneHeld(channel: id, isHeld: isHeld))
    }

    /// A channel ends, by whomever.
    mutating func end(_ id: String, cause: Int, request: CallRelease.Request? = nil) {
        guard let channel = self.channels[id] else { return }
        if let request { self.tell(.hangUpRequested(channel: id, request)) }
        self.leaveBridge(id)
        if let message = channel.message { self.finishRecording(message) }
        self.channels[id] = nil
        if channel.isOurs { self.outputs.append(.doubt(id)) }
        if channel.isSubscribed { self.tell(.channelEnded(channel: id, cause: cause, technical: nil)) }
        for (other, snoop) in self.channels.sorted(by: { $0.key < $1.key })
        where snoop.kind == .snoop && snoop.arguments.last == id {
            self.end(other, cause: 16)
        }
    }

    /// All calls are gone, and nothing is said.
    mutating func restart() {
        self.channels = [:]
        self.bridges = [:]
        self.recordings = [:]
    }

    mutating func finishRecording(_ name: String) {
        guard let place = self.recordings.removeValue(forKey: name) else { return }
        self.channels[place]?.message = nil
        self.tell(.recordingFinished(name: name, seconds: 7, spoken: place.hasPrefix("talk-") ? nil : 6))
    }

    private mutating func tell(_ input: LineInput) { self.outputs.append(.event(input)) }

    // MARK: Commands

    /// - Returns: what went wrong.
    mutating func carryOut(_ command: ExchangeCommand, refusesToRecord: Bool) -> [ExchangeREST.Result] {
        switch command {
        case .admit(let id):
            guard self.isOurs(id) else { return [.doubtful(channel: id)] }
            self.channels[id]?.isSubscribed = true
            self.channels[id]?.isUp = true
        case .listen(let id):
            guard self.isOurs(id) else { return [.doubtful(channel: id)] }
            self.channels[id]?.isSubscribed = true
        case .wait(let id): return self.move(id, to: "queue")
        case .stopWaiting(let id), .leave(_, let id):
            guard self.isOurs(id) else { return [.doubtful(channel: id)] }
            self.leaveBridge(id)
        case .ring(let leg, let telephone, _, let seconds):
            let kind: Kind = if case .inside(let number, _) = telephone { .telephone(number) } else { .citizen }
            self.originate(leg, kind, arguments: ["leg"], seconds: seconds)
        case .dial(let id, let number, let arguments):
            self.originate(
                id, .citizen, arguments: arguments.split(separator: ",").map(String.init), seconds: 30,
                number: number.e164)
        case .prepare(let bridge):
            if self.bridges[bridge] == nil { self.bridges[bridge] = [] }
            return []
        case .connect(let bridge, let ids, let recording, _):
            if self.bridges[bridge] == nil { self.bridges[bridge] = [] }
            var faults: [ExchangeREST.Result] = []
            if let recording, self.recordings[recording] == nil {
                if refusesToRecord {
                    faults.append(.unrecorded(name: recording, reason: "refused"))
                } else {
                    self.recordings[recording] = bridge
                }
            }
            return faults + ids.flatMap { self.move($0, to: bridge) }
        case .join(let bridge, let id):
            guard self.bridges[bridge] != nil else { return [.doubtful(channel: id)] }
            return self.move(id, to: bridge)
        case .say(let id, let channel, let prompts):
            guard self.isOurs(channel) else { return [.doubtful(channel: channel)] }
            self.outputs.append(.plays(id, prompts: prompts, to: channel))
        case .stopSaying(let id): self.tell(.playbackFinished(id: id))
        case .recordMessage(let id, let name, _, _):
            guard let channel = self.channels[id], channel.isOurs else { return [.doubtful(channel: id)] }
            guard channel.bridge == nil, !refusesToRecord else { return [.unrecorded(name: name, reason: "refused")] }
            self.recordings[name] = id
            self.channels[id]?.message = name
            self.outputs.append(.records(name: name))
        case .snoop(let channel, let id, _):
            guard self.isOurs(channel) else { return [] }
            self.channels[id] = Channel(
                kind: .snoop, isUp: true, isOurs: true, isSubscribed: true, arguments: ["snoop", channel])
            self.tell(.snoopStarted(id))
        case .hangUp(let id):
            guard self.channels[id] != nil else { return [.doubtful(channel: id)] }
            self.end(id, cause: 16, request: .exchange)
        case .removeBridge(let bridge):
            for id in self.bridges[bridge] ?? [] { self.leaveBridge(id) }
            self.bridges[bridge] = nil
            for (name, place) in self.recordings.sorted(by: { $0.key < $1.key }) where place == bridge {
                self.finishRecording(name)
            }
        case .startMusic, .stopMusic, .tones: break
        }
        return []
    }

    private func isOurs(_ id: String) -> Bool { self.channels[id]?.isOurs == true }

    private mutating func originate(
        _ id: String, _ kind: Kind, arguments: [String], seconds: Int, number: String? = nil
    ) {
        if !self.originated.insert(id).inserted { self.violations.append("\(id) rang a second time") }
        self.channels[id] = Channel(
            kind: kind, isUp: false, isOurs: false, isSubscribed: true, arguments: arguments, number: number)
        self.outputs.append(.rings(leg: id, kind, seconds: seconds))
    }

    private mutating func move(_ id: String, to bridge: String) -> [ExchangeREST.Result] {
        guard let channel = self.channels[id], channel.isOurs, channel.isUp else { return [.doubtful(channel: id)] }
        if self.bridges[bridge] == nil { self.bridges[bridge] = [] }
        self.leaveBridge(id)
        self.channels[id]?.bridge = bridge
        self.bridges[bridge]?.insert(id)
        return []
    }

    private mutating func leaveBridge(_ id: String) {
        guard let bridge = self.channels[id]?.bridge else { return }
        self.channels[id]?.bridge = nil
        self.bridges[bridge]?.remove(id)
    }
}
