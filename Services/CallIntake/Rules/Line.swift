import Contracts
import Foundation
import Messaging
import Vocabulary

/// The line of one exchange: its calls, its queues, its operators and the citizens being dialled. A value: no clock,
/// no I/O.
///
/// `handle` takes what happened and collects what follows from it; `takeOutput` gives that away. The output is
/// written in one transaction, and its commands go out after the commit.
struct Line: Sendable {
    /// The order of commands that belong to no call.
    static let houseLane = CallbackIdentity.callback(of: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))

    /// The name of the exchange.
    let exchange: String
    let plan: LinePlan
    /// When operators answer; nil: always.
    let calendar: RegionCalendar?

    var calls: [UUID: Call] = [:]
    var operators: [String: LineOperator] = [:]
    /// Planned and under way.
    var dials: [UUID: Dial] = [:]
    /// Those that the exchange has not finished.
    var recordings: [String: Recording] = [:]
    /// How often each number was dialled lately.
    var dialTimes = DialTimes()
    /// What is to be told when the present input is done.
    var traces = Traces()
    var isConnected = false
    var output = LineOutput()

    private(set) var callOfChannel: [String: UUID] = [:]
    /// How many living calls each number has; without those in which an operator was rung first.
    private var callsOfNumber: [String: Int] = [:]
    private(set) var operatorOfLeg: [String: String] = [:]
    /// Receivers outside of the line, and supervisors.
    private(set) var callOfLeg: [String: UUID] = [:]
    var queues: [String: CallQueue] = [:]
    var freeOperators = FreeOperators()
    var timers = LineTimers()
    /// Operators whose view has changed.
    private var changedOperators: Set<String> = []
    private var nextOrdinal: Int64 = 1
    /// Channels whose call is over: a late or doubled event opens no second call.
    var endedChannels = RecentSet<String>(limit: 20_000)
    var finishedDials = RecentSet<UUID>(limit: 20_000)
    /// Calls that an operator ended, for a request that is repeated.
    var hungUpCalls = RecentSet<UUID>(limit: 2_000)
    /// Channels of our application that belonged to nothing when the exchange was swept last.
    var strays: Set<String> = []
    /// Channels that were ordered and were not at the exchange when it was swept last.
    var missing: Set<String> = []
    /// The latest key of each caller. Not kept over a restart.
    var latestKeys: [String: KeyPress] = [:]
    /// Whether somebody may wait for nobody since that was looked at last: the hours or the operators changed, or a caller
    /// has begun to wait.
    var mayWaitForNobody = true
    /// How many places in queues were looked at because of the hours: what closing costs.
    var placesLookedAt = 0
    /// Whether the next change of the hours has a timer.
    var hoursAreWatched = false
    /// The secretary answers; as of the last change.
    var isClosed = false
    /// How long an answered call lasted lately, in seconds.
    var meanService = 180.0

    init(exchange: String = "main", plan: LinePlan = .standard, calendar: RegionCalendar? = nil) {
        self.exchange = exchange
        self.plan = plan
        self.calendar = calendar
    }

    /// From the rows that were kept. The exchange is to be read before anything is assigned.
    init(
        exchange: String, plan: LinePlan, calendar: RegionCalendar?, calls: [Call], operators: [LineOperator],
        dials: [Dial], recordings: [Recording], dialTimes: DialTimes = DialTimes()
    ) {
        self.init(exchange: exchange, plan: plan, calendar: calendar)
        self.dialTimes = dialTimes
        for call in calls {
            self.remember(call)
            if call.state == .waiting { self.queues[call.queue, default: CallQueue()].insert(call) }
        }
        for person in operators.sorted(by: { $0.readyOrdinal < $1.readyOrdinal }) {
            self.remember(person)
            if person.isFree { self.freeOperators.append(person) }
        }
        for dial in dials { self.remember(dial) }
        for recording in recordings { self.recordings[recording.name] = recording }
        self.nextOrdinal =
            1 + max(calls.map(\.ordinal).max() ?? 0, operators.map(\.readyOrdinal).max() ?? 0)
    }

    /// - Throws: `Refusal`, for requests only; the line is unchanged then.
    @discardableResult
    mutating func handle(_ input: LineInput, at now: Date) throws -> LineAnswer {
        let answer = try self.follow(input, at: now)
        self.assign(at: now)
        self.sendWaitingToSecretary(at: now)
        self.tellTraces(at: now)
        return answer
    }

    private mutating func follow(_ input: LineInput, at now: Date) throws -> LineAnswer {
        switch input {
        case .callerEntered(let channel, let caller, let line, let callID, let signalled):
            self.callerEntered(
                channel: channel, caller: caller, signalled: signalled, line: line, callID: callID, at: now)
        case .legAnswered(let leg): self.legAnswered(leg, at: now)
        case .citizenAnswered(let channel, let attemptID, let callID, let isMachine):
            self.citizenAnswered(
                channel: channel, attemptID: attemptID, callID: callID, isMachine: isMachine, at: now)
        case .outboundAnswered(let channel): self.outboundAnswered(channel, at: now)
        case .snoopStarted(let snoop): self.snoopStarted(snoop)
        case .dialStatus(let channel, let status): self.noteDialStatus(status, channel: channel, at: now)
        case .hangUpRequested(let channel, let request): self.noteHangUp(request, channel: channel)
        case .channelEnded(let channel, let cause, let technical, let stamp):
            self.channelEnded(channel, cause: cause, technical: technical, stamp: stamp, at: now)
        case .channelLives(let channel): self.channelLives(channel, at: now)
        case .channelLeft(let channel): self.channelLeft(channel, at: now)
        case .keyPressed(let channel, let digit, let toldAt):
            self.keyPressed(KeyPress(digit: digit, at: toldAt ?? now), channel: channel, at: now)
        case .telephoneHeld(let channel, let isHeld): self.telephoneHeld(isHeld, channel: channel, at: now)
        case .playbackFinished(let id), .sayingRefused(let id): self.playbackFinished(id, at: now)
        case .recordingFinished(let name, let seconds, let spoken):
            self.recordingFinished(name, seconds: seconds, spoken: spoken, at: now)
        case .recordingFailed(let name, let reason): self.recordingFailed(name, reason: reason, at: now)
        case .dialTaken(let channel, let orderedAt, let answeredAt):
            self.dialTaken(channel, orderedAt: orderedAt, at: answeredAt)
        case .originateRefused(let channel): self.originateRefused(channel, at: now)
        case .setOperator(let request): return .operatorView(try self.setOperator(request, at: now))
        case .control(let request): return .callView(try self.control(request, at: now))
        case .supervise(let request): try self.supervise(request, at: now)
        case .dial(let request): try self.dial(request, at: now)
        case .callCitizen(let request): try self.callCitizen(request, at: now)
        case .tick: self.doWhatIsDue(at: now)
        case .exchangeLost: self.isConnected = false
        case .exchangeRead(let snapshot, let known, let freshIDs, let isRestarted):
            self.resume(snapshot, known: known, freshIDs: freshIDs, isRestarted: isRestarted, at: now)
        case .exchangeSwept(let snapshot, let known): self.sweep(snapshot, known: known, at: now)
        }
        return .done
    }

    mutating func takeOutput(at now: Date) -> LineOutput {
        defer { self.output = LineOutput() }
        for id in self.changedOperators.sorted() {
            guard let person = self.operators[id] else { continue }
            self.output.events.append(OperatorChanged(view: self.view(of: person), changedAt: now))
        }
        self.changedOperators = []
        return self.output
    }

    // MARK: For the parts

    /// Whether somebody with this number is in a call.
    func isOnLine(_ number: PhoneNumber) -> Bool { self.callsOfNumber[number.e164] != nil }

    mutating func takeOrdinal() -> Int64 {
        defer { self.nextOrdinal += 1 }
        return self.nextOrdinal
    }

    /// Changes kept here reach the database.
    mutating func save(_ call: Call) {
        self.trace(call, before: self.calls[call.id])
        self.output.calls[call.id] = call
        for id in Set([self.calls[call.id]?.operatorID, call.operatorID, call.transfer?.operatorID].compactMap(\.self))
        {
            self.changedOperators.insert(id)
        }
        guard call.state == .ended else { return self.remember(call) }
        self.forget(call)
        // A citizen whose operator did not pick up is dialled all the same, on that channel.
        if call.attemptID == nil || call.answeredAt != nil { self.endedChannels.insert(call.channel) }
    }

    /// A citizen is: not while an operator is rung who is to speak with one.
    private static func isOnLine(_ call: Call?) -> Bool {
        call.map { $0.attemptID == nil || $0.answeredAt != nil } ?? false
    }

    private mutating func remember(_ call: Call) {
        if let old = self.calls[call.id] {
            for leg in old.extraLegs { self.callOfLeg[leg] = nil }
        }
        for leg in call.extraLegs { self.callOfLeg[leg] = call.id }
        if !Self.isOnLine(self.calls[call.id]), Self.isOnLine(call), let number = call.caller.number {
            self.callsOfNumber[number.e164, default: 0] += 1
        }
        self.calls[call.id] = call
        self.callOfChannel[call.channel] = call.id
        self.timers.set(.call(call.id), at: call.nextDue)
    }

    private mutating func forget(_ call: Call) {
        for leg in (self.calls[call.id]?.extraLegs ?? []) + call.extraLegs { self.callOfLeg[leg] = nil }
        if Self.isOnLine(self.calls.removeValue(forKey: call.id)), let number = call.caller.number {
            let left = (self.callsOfNumber[number.e164] ?? 1) - 1
            self.callsOfNumber[number.e164] = left > 0 ? left : nil
        }
        self.callOfChannel[call.channel] = nil
        self.latestKeys[call.channel] = nil
        self.timers.set(.call(call.id), at: nil)
    }

    mutating func save(_ person: LineOperator) {
        self.output.operators[person.id] = person
        self.changedOperators.insert(person.id)
        self.remember(person)
    }

    private mutating func remember(_ person: LineOperator) {
        let former = self.operators[person.id]
        if let old = former?.legID, old != person.legID { self.operatorOfLeg[old] = nil }
        if former.map({ !$0.serves(as: person) }) ?? true { self.mayWaitForNobody = true }
        if let leg = person.legID { self.operatorOfLeg[leg] = person.id }
        self.operators[person.id] = person
        self.timers.set(.person(person.id), at: person.dueAt)
    }

    mutating func save(_ dial: Dial) {
        self.output.dials[dial.attemptID] = dial
        self.remember(dial)
    }

    private mutating func remember(_ dial: Dial) {
        switch dial.state {
        case .planned, .sending: self.dials[dial.attemptID] = dial
        case .finished, .cancelled:
            self.dials[dial.attemptID] = nil
            self.finishedDials.insert(dial.attemptID)
        }
        self.timers.set(.dial(dial.attemptID), at: dial.state == .planned ? dial.dueAt : nil)
    }

    /// Not kept over a restart; see `Dial.lastStatus`.
    mutating func noteLastStatus(_ status: String, of attempt: UUID, at now: Date) {
        self.dials[attempt]?.lastStatus = status
        // With `PROGRESS` the trunk itself lets the citizen's ringing be heard.
        if status == "RINGING" || status == "PROGRESS", self.dials[attempt]?.ringingAt == nil {
            self.dials[attempt]?.ringingAt = now
        }
    }

    mutating func noteRequest(_ request: CallRelease.Request, of call: UUID) {
        if self.calls[call]?.hangUpRequest == nil { self.calls[call]?.hangUpRequest = request }
    }

    mutating func announce(_ event: any Event) { self.output.events.append(event) }

    mutating func command(_ command: ExchangeCommand, for lane: UUID) {
        self.output.commands.append(LaneCommand(lane: lane, command: command))
    }
}
