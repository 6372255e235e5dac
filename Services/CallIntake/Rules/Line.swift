import Contracts
import Foundation
import Messaging
import Vocabulary

/// The line: its calls, its queue, its operators and the citizens being dialled. A value: no clock, no I/O.
///
/// `handle` takes what happened and collects what follows from it; `takeOutput` gives that away. The output is
/// written in one transaction, and its commands go out after the commit.
struct Line: Sendable {
    /// C-01 must hold without the dialer too: when it has not asked after this long, the line dials by itself.
    static let selfDialDelay: TimeInterval = 8

    /// The order of commands that belong to no call.
    static let houseLane = CallbackIdentity.callback(of: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))

    var calls: [UUID: Call] = [:]
    var operators: [String: LineOperator] = [:]
    /// Planned and under way.
    var dials: [UUID: Dial] = [:]
    var isConnected = false
    var output = LineOutput()

    private(set) var callOfChannel: [String: UUID] = [:]
    private(set) var operatorOfLeg: [String: String] = [:]
    var queue = CallQueue()
    private var nextOrdinal: Int64 = 1
    /// Channels whose call is over: a late or doubled event opens no second call.
    var endedChannels = RecentSet<String>(limit: 20_000)
    var finishedDials = RecentSet<UUID>(limit: 20_000)
    /// Calls that an operator ended, for a request that is repeated.
    var hungUpCalls = RecentSet<UUID>(limit: 2_000)

    init() {}

    /// From the rows that were kept. The exchange is to be read before anything is assigned.
    init(calls: [Call], operators: [LineOperator], dials: [Dial]) {
        for call in calls {
            self.calls[call.id] = call
            self.callOfChannel[call.channel] = call.id
            if call.state == .waiting { self.queue.insert(call) }
        }
        for person in operators {
            self.operators[person.id] = person
            if let leg = person.legID { self.operatorOfLeg[leg] = person.id }
        }
        for dial in dials { self.dials[dial.attemptID] = dial }
        self.nextOrdinal =
            1 + max(calls.map(\.ordinal).max() ?? 0, operators.map(\.readyOrdinal).max() ?? 0)
    }

    /// - Throws: `Refusal`, for requests only; the line is unchanged then.
    @discardableResult
    mutating func handle(_ input: LineInput, at now: Date) throws -> LineAnswer {
        switch input {
        case .callerEntered(let channel, let caller, let line, let callID):
            self.callerEntered(channel: channel, caller: caller, line: line, callID: callID, at: now)
        case .operatorAnswered(let leg): self.operatorAnswered(leg, at: now)
        case .citizenAnswered(let channel, let attemptID, let callID):
            self.citizenAnswered(channel: channel, attemptID: attemptID, callID: callID, at: now)
        case .dialStatus(let channel, let status): self.noteDialStatus(status, channel: channel)
        case .hangUpRequested(let channel, let request): self.noteHangUp(request, channel: channel)
        case .channelEnded(let channel, let cause, let technical):
            self.channelEnded(channel, cause: cause, technical: technical, at: now)
        case .originateRefused(let channel): self.originateRefused(channel, at: now)
        case .setOperator(let request): return .operatorView(try self.setOperator(request, at: now))
        case .hangUp(let request): try self.hangUp(request)
        case .dial(let request): try self.dial(request, at: now)
        case .tick: self.dialWhatIsDue(at: now)
        case .exchangeLost: self.isConnected = false
        case .exchangeRead(let snapshot, let known, let freshIDs):
            self.resume(snapshot, known: known, freshIDs: freshIDs, at: now)
        }
        self.assign(at: now)
        return .done
    }

    mutating func takeOutput() -> LineOutput {
        defer { self.output = LineOutput() }
        return self.output
    }

    /// The calls that are not over and the operators that are not offline.
    var view: GetLine.Answer {
        GetLine.Answer(
            calls: self.calls.values.sorted { $0.ordinal < $1.ordinal }.map(\.view),
            operators: self.operators.values.filter { $0.state != .offline }.sorted { $0.id < $1.id }.map(\.view))
    }

    var waitingCount: Int { self.calls.values.count { $0.state == .waiting } }

    /// Every channel that the line believes to be at the exchange.
    var channels: Set<String> {
        var channels = Set(self.callOfChannel.keys)
        channels.formUnion(self.operatorOfLeg.keys)
        for dial in self.dials.values where dial.state == .sending { channels.insert(dial.channel) }
        return channels
    }

    /// Legs and dials that have been under way for longer than any telephone rings: their end was missed, perhaps.
    func overdue(operatorRing: TimeInterval, citizenRing: TimeInterval, at now: Date) -> [String] {
        let legs = self.operators.values.compactMap { person in
            let isLate = now.timeIntervalSince(person.since) > operatorRing
            return isLate && (person.activity == .ringing || person.activity == .releasing) ? person.legID : nil
        }
        let dials = self.dials.values.compactMap { dial in
            let isLate = now.timeIntervalSince(dial.startedAt ?? now) > citizenRing
            return isLate && dial.state == .sending ? dial.channel : nil
        }
        return legs + dials
    }

    func isKnown(channel: String) -> Bool {
        if self.callOfChannel[channel] != nil || self.operatorOfLeg[channel] != nil { return true }
        return Dial.attempt(ofChannel: channel).flatMap { self.dials[$0] }?.state == .sending
    }

    // MARK: For the parts

    mutating func takeOrdinal() -> Int64 {
        defer { self.nextOrdinal += 1 }
        return self.nextOrdinal
    }

    /// Changes kept here reach the database.
    mutating func save(_ call: Call) {
        self.output.calls[call.id] = call
        if call.state == .ended {
            self.calls[call.id] = nil
            self.callOfChannel[call.channel] = nil
            self.endedChannels.insert(call.channel)
        } else {
            self.calls[call.id] = call
            self.callOfChannel[call.channel] = call.id
        }
    }

    mutating func save(_ person: LineOperator) {
        if let old = self.operators[person.id]?.legID, old != person.legID { self.operatorOfLeg[old] = nil }
        if let leg = person.legID { self.operatorOfLeg[leg] = person.id }
        self.operators[person.id] = person
        self.output.operators[person.id] = person
    }

    mutating func save(_ dial: Dial) {
        self.output.dials[dial.attemptID] = dial
        switch dial.state {
        case .planned, .sending: self.dials[dial.attemptID] = dial
        case .finished, .cancelled:
            self.dials[dial.attemptID] = nil
            self.finishedDials.insert(dial.attemptID)
        }
    }

    mutating func announce(_ event: any Event) { self.output.events.append(event) }

    mutating func command(_ command: ExchangeCommand, for lane: UUID) {
        self.output.commands.append(LaneCommand(lane: lane, command: command))
    }
}
