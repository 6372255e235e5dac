import Contracts
import Foundation
import HeapModule
import Messaging
import Vocabulary

@testable import CallIntake

/// An hour of a line with callers, operators and faults, all drawn from a seed; then calm, until everything is over.
///
/// Plays the parts that surround the rules: the driver (rows are kept before commands go out, doubts are looked into),
/// lanes (orders of one call in order), the socket (in order, perhaps doubled, lost now and then), the exchange.
struct LineSimulation {
    struct Faults {
        var crashes = 0.0
        var lostSockets = 0.0
        var restarts = 0.0
        var refusals = 0.0
        var doubled = 0.0
        var steps = 0.0
        var dialerDeaths = 0.0
        static let none = Faults()
        static let all = Faults(
            crashes: 4, lostSockets: 4, restarts: 1, refusals: 0.03, doubled: 0.05, steps: 2, dialerDeaths: 6)
    }

    private enum Action {
        case callerComes
        case callerLeaves(String)
        case pressesKey(String)
        /// A voice is to speak to a citizen.
        case voiceIsAsked(DialCitizen)
        case accepts(String)
        case picksUp(String)
        case doesNotPickUp(String, cause: Int)
        case operatorActs(String)
        case holdKey(String, isHeld: Bool)
        case supervisorActs
        case hear(LineInput)
        case lookFor(String)
        case command(life: Int, LaneCommand)
        case playbackEnds(String)
        case recordingEnds(String)
        case connect(isRestarted: Bool)
        case crash, loseSocket, restartExchange, stepClock
        case sweep, lookAtOverdue, tick
        case dialerHears(any Event)
        case dialerAsks(DialCitizen)
        case dialerDies
    }

    private struct Entry: Comparable {
        let at: Double
        let number: Int
        let action: Action
        static func < (left: Self, right: Self) -> Bool { (left.at, left.number) < (right.at, right.number) }
        static func == (left: Self, right: Self) -> Bool { left.number == right.number }
    }

    private static let start = Date(timeIntervalSince1970: 1_795_143_600)
    private static let operators = ["1", "2", "3", "4", "5"]

    private let plan: LinePlan
    private let faults: Faults
    private let seconds: Double
    private var random: SeededGenerator
    private var heap = Heap<Entry>()
    private var count = 0
    private var time = 0.0
    private var skew = 0.0
    private var exchange = SimulatedExchange()
    private var line: Line
    private var calls: [UUID: Call] = [:]
    private var people: [String: LineOperator] = [:]
    private var dials: [UUID: Dial] = [:]
    private var recordings: [String: Recording] = [:]
    private var isConnected = false
    /// A crash begins a new life: what an old one had still to send is lost.
    private var life = 0
    private var lastHeard = 0.0
    private var lanes: [UUID: Double] = [:]
    private var callers = 0
    /// Mean seconds between two callers, and until one leaves.
    private let pause: Double
    private let patience: Double
    private var connectedAt = 0.0
    private var dialer = SimulatedDialer()
    /// Events reach the dialer in their order; so many are on their way.
    private var dialerHeard = 0.0
    private var untold = 0
    /// While it is dead its events wait, and nothing is asked for.
    private var dialerIsBack = 0.0
    /// Seconds in which the exchange was there.
    private var present = 0.0
    /// Broken calls that are to be dialled, and since which present second.
    private var broken: [UUID: Double] = [:]
    /// How long after the break each was dialled, in present seconds.
    private(set) var firstDials: [Double] = []
    /// Citizens who had picked up and belonged to no call when that was looked at last.
    private var leftAlone: Set<String> = []
    private var isCalm: Bool { self.time >= self.seconds }

    private(set) var violations: [String] = []
    private(set) var received: [UUID: Int] = [:]
    private(set) var ended: [UUID: Int] = [:]
    private(set) var messages: [UUID: Int] = [:]
    /// Attempts at which a citizen answered a voice, and how often its end was told.
    private(set) var voices: [UUID: Int] = [:]
    private(set) var voiceEnds: [VoiceEnd: Int] = [:]
    private(set) var outcomes: [CallOutcome: Int] = [:]
    private(set) var steps = 0
    private(set) var rows = WrittenRows()

    init(seed: UInt64, plan: LinePlan, calendar: RegionCalendar? = nil, faults: Faults, seconds: Double = 3600) {
        self.plan = plan
        self.faults = faults
        self.seconds = seconds
        self.random = SeededGenerator(seed: seed)
        // Quiet hours and hours in which the queue is long.
        self.pause = seed % 3 == 0 ? 12 : 40
        self.patience = seed % 3 == 0 ? 400 : 150
        self.line = Line(exchange: "pbx", plan: plan, calendar: calendar)
    }

    private var now: Date { Self.start.addingTimeInterval(self.time + self.skew) }

    // MARK: Running

    /// - Returns: what went wrong; empty when all is well.
    mutating func run() -> [String] {
        self.plan(.connect(isRestarted: false), in: 0.1)
        self.plan(.callerComes, in: 1)
        for id in Self.operators { self.plan(.operatorActs(id), in: 0.5) }
        self.plan(.supervisorActs, in: 60)
        self.planVoice()
        self.plan(.sweep, in: 30)
        self.plan(.lookAtOverdue, in: 1)
        self.planFault(.crash, self.faults.crashes)
        self.planFault(.loseSocket, self.faults.lostSockets)
        self.planFault(.restartExchange, self.faults.restarts)
        self.planFault(.stepClock, self.faults.steps)
        self.planFault(.dialerDies, self.faults.dialerDeaths)
        // After the hour there is calm: every call must end by itself, nobody may stay on a telephone.
        while let entry = self.heap.popMin(), entry.at < self.seconds + 3 * 3600, self.violations.isEmpty {
            if self.isConnected { self.present += max(0, entry.at - self.time) }
            self.time = max(self.time, entry.at)
            self.steps += 1
            self.perform(entry.action)
            self.check()
            if self.isCalm, self.line.calls.isEmpty, self.exchange.channels.isEmpty, self.isEverybodyFree,
                self.dialer.isIdle, self.untold == 0
            {
                break
            }
        }
        self.checkEnd()
        return self.violations + self.exchange.violations + self.dialer.violations
    }

    private mutating func plan(_ action: Action, in seconds: Double) {
        self.count += 1
        self.heap.insert(Entry(at: self.time + max(0, seconds), number: self.count, action: action))
    }

    /// - Parameter perHour: how often on the average.
    private mutating func planFault(_ action: Action, _ perHour: Double) {
        guard perHour > 0, !self.isCalm else { return }
        self.plan(action, in: self.random.interval(mean: 3600 / perHour))
    }

    private mutating func perform(_ action: Action) {
        switch action {
        case .callerComes: self.callerComes()
        case .callerLeaves(let id): self.callerLeaves(id)
        case .pressesKey(let id):
            self.exchange.press(["1", "3", "7", "0"].randomElement(using: &self.random) ?? "1", on: id)
        case .voiceIsAsked(let request):
            if self.give(.dial(request)) != nil { self.plan(.voiceIsAsked(request), in: 5) }
        case .accepts(let id): self.exchange.press("1", on: id)
        case .picksUp(let leg): self.exchange.picksUp(leg, callID: self.random.uuid(), isHeard: self.isConnected)
        case .doesNotPickUp(let leg, let cause):
            if self.exchange.channels[leg]?.isUp == false { self.exchange.end(leg, cause: cause) }
        case .operatorActs(let id): self.operatorActs(id)
        case .holdKey(let leg, let isHeld): self.exchange.pressHold(isHeld, on: leg)
        case .supervisorActs: self.supervisorActs()
        case .hear(let input): if self.isConnected { self.give(input) }
        case .lookFor(let channel):
            guard self.isConnected, self.line.isKnown(channel: channel) else { break }
            if self.exchange.channels[channel] == nil {
                self.give(.channelEnded(channel: channel, cause: nil, technical: nil))
            } else {
                self.give(.channelLives(channel))
            }
        case .command(let life, let command): if life == self.life, self.isConnected { self.carryOut(command) }
        case .playbackEnds(let id): self.say(.playbackFinished(id: id))
        case .recordingEnds(let name): self.exchange.finishRecording(name)
        case .connect(let isRestarted): self.connect(isRestarted: isRestarted)
        case .crash: self.crash()
        case .loseSocket: self.loseSocket(isRestarted: false)
        case .restartExchange:
            self.exchange.restart()
            self.loseSocket(isRestarted: true)
            self.planFault(.restartExchange, self.faults.restarts)
        case .stepClock:
            self.skew += Double.random(in: -3600...60, using: &self.random)
            self.planFault(.stepClock, self.faults.steps)
        case .sweep:
            self.checkVoices()
            if self.isConnected { self.give(.exchangeSwept(self.exchange.snapshot, known: self.line.channels)) }
            self.plan(.sweep, in: 30)
        case .lookAtOverdue:
            if self.isConnected {
                for channel in self.line.overdue(citizenRing: 35, at: self.now) { self.plan(.lookFor(channel), in: 1) }
            }
            self.plan(.lookAtOverdue, in: 1)
        case .dialerHears(let event):
            self.untold -= 1
            for ask in self.dialer.hear(event) { self.plan(.dialerAsks(ask.request), in: ask.delay) }
        case .dialerAsks(let request): self.dialerAsks(request)
        case .dialerDies:
            self.dialerIsBack = self.time + Double.random(in: 1...12, using: &self.random)
            self.planFault(.dialerDies, self.faults.dialerDeaths)
        case .tick: if let due = self.line.nextDue(), due <= self.now { self.give(.tick) }
        }
        self.followExchange()
    }

    // MARK: The driver

    /// - Returns: why it was refused; nil when it was not.
    @discardableResult
    private mutating func give(_ input: LineInput) -> String? {
        var refusal: String?
        do {
            try self.line.handle(input, at: self.now)
        } catch {
            refusal = (error as? Refusal)?.errorID ?? "\(error)"
        }
        let output = self.line.takeOutput(at: self.now)
        self.rows.note(output)
        self.calls.merge(output.calls) { $1 }
        self.people.merge(output.operators) { $1 }
        self.dials.merge(output.dials) { $1 }
        self.recordings.merge(output.recordings) { $1 }
        self.count(output.events)
        for command in output.commands {
            // Orders of one lane arrive in order, each a moment later.
            let at =
                max(self.time, self.lanes[command.lane] ?? 0) + Double.random(in: 0.001...0.05, using: &self.random)
            self.lanes[command.lane] = at
            self.plan(.command(life: self.life, command), in: at - self.time)
        }
        if let due = self.line.nextDue() { self.plan(.tick, in: due.timeIntervalSince(self.now)) }
        return refusal
    }

    private mutating func count(_ events: [any Event]) {
        for event in events {
            switch event {
            case let event as CallReceived: self.received[event.callID, default: 0] += 1
            case let event as CallEnded:
                self.ended[event.callID, default: 0] += 1
                if let outcome = event.outcome { self.outcomes[outcome, default: 0] += 1 }
            case let event as MessageLeft: self.messages[event.callID, default: 0] += 1
            case let event as DialFinished
            where event.outcome == .answered && self.dials[event.attemptID]?.script != nil:
                self.voices[event.attemptID, default: 0] += 0
            case let event as VoiceFinished:
                self.voices[event.attemptID, default: 0] += 1
                if let end = event.end { self.voiceEnds[end, default: 0] += 1 }
            default: break
            }
            self.tellDialer(event)
        }
    }

    // MARK: The dialer

    /// Over the bus: in order, a moment later, or when the dialer is back.
    private mutating func tellDialer(_ event: any Event) {
        if let call = event as? CallEnded, call.outcome?.isBroken == true,
            call.callbackID == nil || call.answeredAt != nil,
            call.caller.number?.isDialable == true
        {
            self.broken[CallbackIdentity.callback(of: call.callID)] = self.present
        }
        let moment = max(self.time, self.dialerIsBack) + Double.random(in: 0.01...0.3, using: &self.random)
        self.dialerHeard = max(self.dialerHeard, moment)
        self.untold += 1
        self.plan(.dialerHears(event), in: self.dialerHeard - self.time)
    }

    private mutating func dialerAsks(_ request: DialCitizen) {
        guard self.dialerIsBack <= self.time else {
            return self.plan(.dialerAsks(request), in: self.dialerIsBack - self.time)
        }
        guard self.dialer.wants(request) else { return }
        // More seldom than the dialer itself, where nothing is to be proved by it.
        switch self.give(.dial(request)) {
        case nil: break
        case "called-in"?: self.dialer.withdraw(request.callbackID)
        default: self.plan(.dialerAsks(request), in: request.kind == .brokenCall ? 1 : 15)
        }
    }

    /// C-01: measured where the order reaches the exchange; while that is away nobody can be dialled.
    private mutating func noteDial(_ channel: String) {
        guard let attempt = Dial.attempt(ofChannel: channel), let dial = self.dials[attempt],
            let since = self.broken.removeValue(forKey: dial.callbackID)
        else { return }
        self.firstDials.append(self.present - since)
        if self.present - since > 15 {
            self.violations.append("a broken call was dialled after \(self.present - since) s")
        }
    }

    private mutating func carryOut(_ command: LaneCommand) {
        if case .dial(let channel, _, _) = command.command { self.noteDial(channel) }
        let isRefused = !self.isCalm && self.random.happens(self.faults.refusals)
        if isRefused {
            switch command.command {
            case .ring(let leg, _, _, _): return self.report(.refused(channel: leg))
            case .dial(let channel, _, _): return self.report(.refused(channel: channel))
            case .say(let id, _, _): return self.report(.unsaid(id: id))
            case .hangUp(let channel): return self.report(.doubtful(channel: channel))
            default: break
            }
        }
        for result in self.exchange.carryOut(command.command, refusesToRecord: isRefused) { self.report(result) }
        if case .dial(let channel, _, _) = command.command {
            self.report(.taken(channel: channel, orderedAt: self.now, answeredAt: self.now))
        }
    }

    private mutating func report(_ result: ExchangeREST.Result) {
        switch result {
        case .done: break
        case .taken(let channel, let orderedAt, let answeredAt):
            self.give(.dialTaken(channel: channel, orderedAt: orderedAt, answeredAt: answeredAt))
        case .refused(let channel): self.give(.originateRefused(channel: channel))
        case .doubtful(let channel): self.plan(.lookFor(channel), in: 1)
        case .unsaid(let id): self.give(.sayingRefused(id: id))
        case .unrecorded(let name, let reason): self.give(.recordingFailed(name: name, reason: reason))
        }
    }

    private mutating func connect(isRestarted: Bool) {
        guard !self.isConnected else { return }
        self.isConnected = true
        self.connectedAt = self.time
        let snapshot = self.exchange.snapshot
        let freshIDs = snapshot.channels.map { _ in self.random.uuid() }
        self.give(
            .exchangeRead(snapshot, known: self.line.channels, freshIDs: freshIDs, isRestarted: isRestarted))
    }

    private mutating func loseSocket(isRestarted: Bool) {
        self.isConnected = false
        self.life += 1
        self.give(.exchangeLost)
        self.plan(.connect(isRestarted: isRestarted), in: Double.random(in: 0.2...20, using: &self.random))
        if !isRestarted { self.planFault(.loseSocket, self.faults.lostSockets) }
    }

    /// The process is gone; another one reads the rows and takes over.
    private mutating func crash() {
        self.isConnected = false
        self.life += 1
        let living = self.calls.values.filter { $0.state != .ended }
        let dials = self.dials.values.filter { $0.state == .planned || $0.state == .sending }
        self.line = Line(
            exchange: "pbx", plan: self.plan, calendar: self.line.calendar,
            calls: living.sorted { $0.ordinal < $1.ordinal }, operators: self.people.values.sorted { $0.id < $1.id },
            dials: dials.sorted { $0.attemptID.uuidString < $1.attemptID.uuidString },
            recordings: self.recordings.values.filter { $0.finishedAt == nil }.sorted { $0.name < $1.name })
        self.plan(.connect(isRestarted: false), in: 4.7)
        self.planFault(.crash, self.faults.crashes)
    }

    // MARK: The exchange

    private mutating func followExchange() {
        for output in self.exchange.drain() {
            switch output {
            case .event(let input): self.say(input)
            case .doubt(let channel): self.plan(.lookFor(channel), in: 1.05)
            case .rings(let leg, let kind, let seconds): self.ring(leg, kind, seconds)
            case .plays(let id, let prompts, let channel):
                let length = Double.random(in: 0.5...9, using: &self.random)
                self.plan(.playbackEnds(id), in: length)
                if prompts == [Prompt.offer], self.random.happens(0.6) { self.plan(.accepts(channel), in: length / 2) }
            case .records(let name):
                self.plan(.recordingEnds(name), in: Double.random(in: 1...40, using: &self.random))
            }
        }
    }

    /// Over the socket: in order, perhaps twice; lost when nobody is connected.
    private mutating func say(_ input: LineInput) {
        guard self.isConnected else { return }
        self.lastHeard = max(self.lastHeard, self.time) + 0.001
        self.plan(.hear(input), in: self.lastHeard - self.time)
        if self.random.happens(self.faults.doubled) { self.plan(.hear(input), in: self.lastHeard - self.time) }
    }

    private mutating func ring(_ leg: String, _ kind: SimulatedExchange.Kind, _ seconds: Int) {
        let isBusy = self.exchange.channels.contains { $0.key != leg && $0.value.kind == kind && kind != .citizen }
        if isBusy {
            self.plan(.doesNotPickUp(leg, cause: 17), in: 0.2)
        } else if self.random.happens(0.8) || self.isCalm {
            self.plan(.picksUp(leg), in: Double.random(in: 0.5...6, using: &self.random))
        } else {
            let cause = [17, 19, 34].randomElement(using: &self.random) ?? 19
            self.plan(.doesNotPickUp(leg, cause: cause), in: cause == 19 ? Double(seconds) : 1)
        }
        guard kind == .citizen else { return }
        self.plan(.callerLeaves(leg), in: 7 + self.random.interval(mean: 60))
        while self.random.happens(0.7) { self.plan(.pressesKey(leg), in: 3 + self.random.interval(mean: 10)) }
    }

    // MARK: People

    private mutating func callerComes() {
        guard !self.isCalm else { return }
        self.callers += 1
        let id = "pbx-\(self.callers)"
        let number = self.random.happens(0.1) ? nil : "+7999000\(1000 + self.callers % 9000)"
        self.exchange.callerEnters(id, number: number, callID: self.random.uuid(), isHeard: self.isConnected)
        self.plan(.callerLeaves(id), in: self.random.interval(mean: self.patience))
        while self.random.happens(0.2) { self.plan(.pressesKey(id), in: self.random.interval(mean: 30)) }
        self.plan(.callerComes, in: self.random.interval(mean: self.pause))
    }

    /// A survey a minute or so.
    private mutating func planVoice() {
        let script = VoiceScript(
            questions: [
                .init("first", ["one", "two"], keys: ["1": .onward, "3": .end, "0": .toOperator]),
                .init("said", ["three"], keys: [:]),
                .init("last", ["four"], keys: ["1": .onward, "7": .onward], repeats: 0),
            ], farewell: self.random.happens(0.5) ? ["goodbye"] : [])
        var at = 10.0
        while at < self.seconds {
            guard let number = try? PhoneNumber(parsing: "+7999100\(1000 + Int(at) % 9000)") else { return }
            let request = DialCitizen(
                attemptID: self.random.uuid(), callbackID: self.random.uuid(), number: number,
                preferredOperatorID: nil, originalCallID: self.random.uuid(), kind: .survey, script: script)
            self.plan(.voiceIsAsked(request), in: at)
            at += self.random.interval(mean: 60)
        }
    }

    private mutating func callerLeaves(_ id: String) {
        guard let channel = self.exchange.channels[id] else { return }
        let cause = [16, 16, 16, 0, 38, 41, 44].randomElement(using: &self.random) ?? 16
        let isSoft = self.random.happens(0.05)
        _ = channel
        self.exchange.end(id, cause: cause, request: isSoft ? .exchange : .remote(cause: cause == 16 ? nil : cause))
    }

    private mutating func operatorActs(_ id: String) {
        self.plan(.operatorActs(id), in: self.random.interval(mean: self.isCalm ? 10 : 20))
        let person = self.line.operators[id]
        if self.isCalm || person == nil || self.random.happens(0.5) {
            if person?.chosen != .ready || person?.activity == .afterCall { self.choose(id, .ready) }
        } else if self.random.happens(0.1) {
            self.choose(id, [.onBreak, .away, .offline, .ready].randomElement(using: &self.random) ?? .ready)
        }
        guard let person = self.line.operators[id] else { return }
        let lines = person.calls + [person.offeredCallID].compactMap(\.self)
        if let call = lines.randomElement(using: &self.random) {
            let action = self.action(besides: id)
            self.give(.control(ControlCall(callID: call, operatorID: id, action: action)))
        } else if !self.isCalm, self.random.happens(0.05), let number = try? PhoneNumber(parsing: "+79991112233") {
            self.give(
                .callCitizen(
                    CallCitizen(callID: self.random.uuid(), operatorID: id, number: number, originalCallID: nil)))
        }
        // The telephone's own hold key, for a while or for good.
        if let leg = person.legID, self.random.happens(0.05) {
            self.plan(.holdKey(leg, isHeld: true), in: 0.1)
            if self.random.happens(0.8) { self.plan(.holdKey(leg, isHeld: false), in: self.random.interval(mean: 25)) }
        }
        // The telephone is hung up, or its line breaks.
        if let leg = person.legID, self.random.happens(0.05) {
            self.exchange.end(
                leg, cause: [16, 41].randomElement(using: &self.random) ?? 16, request: .remote(cause: nil))
        }
    }

    private mutating func choose(_ id: String, _ state: OperatorState) {
        self.give(
            .setOperator(
                SetOperatorState(
                    operatorID: id, displayName: id, telephone: "10\(id)", state: state, skills: ["oms"])))
    }

    private mutating func action(besides id: String) -> ControlCall.Action {
        func order(_ kind: TransferOrder.Kind) -> ControlCall.Action {
            let other = Self.operators.filter { $0 != id }.randomElement(using: &self.random) ?? id
            let targets: [TransferOrder.Target] = [.operator(other), .topic("oms"), .number("88452000000")]
            return .transfer(
                TransferOrder(
                    kind: kind, target: targets.randomElement(using: &self.random) ?? targets[0], title: other))
        }
        switch Int.random(in: 0..<(self.isCalm ? 4 : 14), using: &self.random) {
        case 0: return .resume
        case 1: return .hangUp
        case 2: return .cancelTransfer
        case 3: return .take
        case 4, 5: return .hold
        case 6: return order(.blind)
        case 7, 8: return order(.consult)
        case 9: return .completeTransfer
        case 10: return .conference
        case 11: return .phase(.consultation)
        case 12: return .emergency
        default: return .tones("1")
        }
    }

    private mutating func supervisorActs() {
        self.plan(.supervisorActs, in: self.random.interval(mean: 60))
        guard
            let call = self.line.calls.keys.sorted(by: { $0.uuidString < $1.uuidString })
                .randomElement(using: &self.random)
        else { return }
        let mode = SuperviseCall.Mode.allCases.randomElement(using: &self.random) ?? .stop
        self.give(
            .supervise(
                SuperviseCall(callID: call, supervisorID: "boss", telephone: "900", mode: self.isCalm ? .stop : mode)))
    }

    // MARK: What must always hold

    private mutating func check() {
        self.checkUniqueness()
        var speaking: [String: UUID] = [:]
        for call in self.line.calls.values {
            if call.state == .talking, let id = call.operatorID {
                if let other = speaking[id] {
                    self.violations.append("operator \(id) speaks in \(other) and \(call.id)")
                }
                speaking[id] = call.id
            }
            if let id = call.operatorID, call.state != .ringing || !call.isSecondLine,
                self.line.operators[id]?.calls.contains(call.id) != true
            {
                self.violations.append(
                    "\(call.state) \(call.direction) has the operator \(String(describing: self.line.operators[id]))")
            }
            if !self.hasNextStep(call) { self.violations.append("a caller in \(call.state) has no next step") }
        }
        for person in self.line.operators.values {
            if person.calls.count > 2 { self.violations.append("\(person.id) has \(person.calls.count) lines") }
            if (person.activity == .idle || person.activity == .afterCall) != (person.legID == nil) {
                self.violations.append("\(person.id) is \(person.activity) with the leg \(person.legID ?? "none")")
            }
            for id in person.calls where self.line.calls[id] == nil && person.activity != .releasing {
                self.violations.append("\(person.id) is \(person.activity) in a call that is over")
            }
        }
    }

    /// What the unique indexes of the tables ask for; the constraints of a row are checked by the tables themselves.
    private mutating func checkUniqueness() {
        if Set(self.line.calls.values.map(\.channel)).count != self.line.calls.count {
            self.violations.append("two living calls have one channel")
        }
        let legs = self.line.operators.values.compactMap(\.legID)
        if Set(legs).count != legs.count { self.violations.append("two operators have one telephone") }
    }

    /// Who is said to speak with an operator is in one bridge with the operator's telephone.
    private mutating func checkVoices() {
        guard self.isConnected, self.time - self.connectedAt > 10 else { return }
        let unknown = Set(
            self.exchange.channels.filter { id, channel in
                (id.hasPrefix(Dial.channelPrefix) || Line.isOutbound(channel: id)) && channel.isUp && channel.isOurs
                    && !self.line.isKnown(channel: id)
            }.keys)
        for id in unknown.intersection(self.leftAlone) {
            self.violations.append("a citizen picked up \(id) and nobody knows of it")
        }
        self.leftAlone = unknown
        for call in self.line.calls.values where call.state == .talking && !call.isHangUpRequested {
            guard let leg = call.legID, let since = call.clock.since, self.now.timeIntervalSince(since) > 5,
                self.lanes[call.lane] ?? 0 < self.time - 1, let caller = self.exchange.channels[call.channel],
                let telephone = self.exchange.channels[leg]
            else { continue }
            if caller.bridge == nil || caller.bridge != telephone.bridge {
                self.violations.append(
                    "\(call.direction) speaks in \(caller.bridge ?? "no bridge"), the operator in"
                        + " \(telephone.bridge ?? "no bridge")")
            }
        }
    }

    /// Something will happen to the caller without anybody's grace: a timer, a place in the queue, a telephone that
    /// rings, a person to speak with.
    private func hasNextStep(_ call: Call) -> Bool {
        switch call.state {
        case .menu, .secretary, .speaking, .leaving, .held:
            // The hang-up that was ordered is told by the exchange, or found out by its absence.
            return call.nextDue != nil || call.state == .leaving || call.isHangUpRequested
        case .waiting: return self.line.queues[call.queue] != nil || call.isHangUpRequested
        case .ringing, .talking, .dialling: return call.legID != nil && call.operatorID != nil
        case .transferring, .transferred: return call.transfer != nil
        case .ended: return false
        }
    }

    private var isEverybodyFree: Bool { self.line.operators.values.allSatisfy { $0.legID == nil } }

    private mutating func checkEnd() {
        guard self.violations.isEmpty else { return }
        for (id, count) in self.received where self.ended[id] != 1 || count != 1 {
            self.violations.append("\(id) came \(count) times and ended \(self.ended[id] ?? 0) times")
        }
        for (id, _) in self.broken where self.dialer.cases[id]?.state != .withdrawn {
            self.violations.append("a broken call was never dialled")
        }
        for (id, known) in self.dialer.cases where known.state == .open {
            self.violations.append("the callback \(id), a \(known.kind), is still open at attempt \(known.attempt)")
        }
        for (id, count) in self.ended where count != 1 { self.violations.append("\(id) ended \(count) times") }
        for (id, count) in self.messages where count != 1 { self.violations.append("\(id) left \(count) messages") }
        for (id, count) in self.voices where count != 1 {
            self.violations.append("the end of the voice \(id) was told \(count) times")
        }
        for call in self.line.calls.values {
            self.violations.append(
                "\(call.id) (\(call.channel)) is still \(call.state), leg \(call.legID ?? "none"),"
                    + " transfer \(String(describing: call.transfer?.state)), due \(String(describing: call.nextDue))")
        }
        for (id, channel) in self.exchange.channels { self.violations.append("\(id) still lives: \(channel)") }
        for person in self.line.operators.values where person.activity != .idle && person.activity != .afterCall {
            self.violations.append("\(person.id) is still \(person.activity)")
        }
    }
}
