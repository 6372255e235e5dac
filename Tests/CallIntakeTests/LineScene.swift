import Contracts
import Foundation
import Messaging
import Vocabulary

@testable import CallIntake

/// A line, a clock that a test moves, and everything that came out of the line.
struct LineScene {
    var line: Line
    var now = Date(timeIntervalSince1970: 1_795_230_000)
    var events: [any Event] = []
    /// How many events a test has written and taken out of `events`.
    var told = 0
    var commands: [ExchangeCommand] = []
    /// The same and the bridges made ahead, each with the lane that orders them.
    var laneCommands: [LaneCommand] = []
    /// The bridges made before their conversations began.
    var prepared: [String] = []
    /// The rows as the database would hold them.
    var calls: [UUID: Call] = [:]
    var operators: [String: LineOperator] = [:]
    var dials: [UUID: Dial] = [:]

    var recordings: [String: Recording] = [:]
    var hearings: [UUID: Hearing] = [:]

    /// - Parameter plan: of a line without a menu and without after-call work, unless a test asks for them.
    init(isConnected: Bool = true, plan: LinePlan = .bare, calendar: RegionCalendar? = nil) {
        self.line = Line(exchange: "pbx", plan: plan, calendar: calendar)
        if isConnected { self.read(channels: []) }
    }

    @discardableResult
    mutating func give(_ input: LineInput) throws -> LineAnswer {
        defer { self.take() }
        return try self.line.handle(input, at: self.now)
    }

    private mutating func take() {
        let output = self.line.takeOutput(at: self.now)
        self.events += output.events
        self.laneCommands += output.commands
        // Bridges made ahead are a matter of speed; what is said of them is in `prepared`.
        for command in output.commands.map(\.command) {
            if case .prepare(let bridge) = command {
                self.prepared.append(bridge)
            } else {
                self.commands.append(command)
            }
        }
        self.calls.merge(output.calls) { $1 }
        self.operators.merge(output.operators) { $1 }
        self.dials.merge(output.dials) { $1 }
        self.recordings.merge(output.recordings) { $1 }
        self.hearings.merge(output.hearings) { $1 }
    }

    mutating func happen(_ input: LineInput) {
        // Only requests are refused.
        _ = try? self.give(input)
    }

    mutating func ready(_ id: String, telephone: String? = nil, skills: [String]? = nil) throws {
        try self.set(id, .ready, telephone: telephone, skills: skills)
    }

    mutating func set(
        _ id: String, _ state: OperatorState, telephone: String? = nil, reason: String? = nil, skills: [String]? = nil
    ) throws {
        try self.give(
            .setOperator(
                SetOperatorState(
                    operatorID: id, displayName: "Оператор \(id)", telephone: telephone ?? "10\(id)", state: state,
                    breakReason: reason, skills: skills)))
    }

    @discardableResult
    mutating func control(_ call: UUID, _ operatorID: String, _ action: ControlCall.Action) throws -> LineAnswer {
        try self.give(.control(ControlCall(callID: call, operatorID: operatorID, action: action)))
    }

    /// Time passes; what becomes due is done at its own moment.
    mutating func pass(_ seconds: TimeInterval) {
        let end = self.now.addingTimeInterval(seconds)
        while let due = self.line.nextDue(), due <= end {
            self.now = max(self.now, due)
            self.happen(.tick)
        }
        self.now = end
    }

    /// What is being said to a caller has been said.
    mutating func finishSaying(_ call: UUID) {
        guard let playback = self.calls[call]?.playback else { return }
        self.happen(.playbackFinished(id: playback))
    }

    /// What was said to callers, in order.
    var said: [[String]] {
        self.commands.compactMap { command in
            guard case .say(let id, _, let prompts) = command, id.hasPrefix("say-") else { return nil }
            return prompts
        }
    }

    func bridge(of call: UUID) -> String { self.calls[call]?.bridge ?? "no bridge" }

    /// A call comes in on a channel of this name. Returns its id.
    @discardableResult
    mutating func call(_ channel: String, from number: String? = "+79990000005", id: UUID = UUID()) -> UUID {
        let caller = SignalledCaller(number)
        self.happen(
            .callerEntered(
                channel: channel, caller: caller.number, line: "122", callID: id, signalled: caller.original))
        return id
    }

    /// The leg that rings for a call.
    func leg(of call: UUID) -> String { self.calls[call]?.legID ?? "no leg" }

    mutating func pickUp(_ call: UUID) { self.happen(.legAnswered(leg: self.leg(of: call))) }

    mutating func end(_ channel: String, cause: Int = 16, technical: Int? = nil, at stamp: EventStamp? = nil) {
        self.happen(.channelEnded(channel: channel, cause: cause, technical: technical, at: stamp))
    }

    /// The exchange has taken what was dialled last, at once.
    mutating func takeDial() {
        guard let channel = self.dialled.last else { return }
        self.happen(.dialTaken(channel: channel, orderedAt: self.now, answeredAt: self.now))
    }

    mutating func read(
        channels: [ExchangeSnapshot.Channel], bridges: [String: Set<String>] = [:], isRestarted: Bool = false
    ) {
        let snapshot = ExchangeSnapshot(
            channels: Dictionary(uniqueKeysWithValues: channels.map { ($0.id, $0) }), bridges: bridges)
        self.happen(
            .exchangeRead(
                snapshot, known: self.line.channels, freshIDs: channels.map { _ in UUID() }, isRestarted: isRestarted))
    }

    /// The process dies and starts again from its rows.
    mutating func restart() {
        self.line = Line(
            exchange: "pbx", plan: self.line.plan, calendar: self.line.calendar,
            calls: self.calls.values.filter { $0.state != .ended }, operators: Array(self.operators.values),
            dials: self.dials.values.filter { $0.state == .planned || $0.state == .sending },
            recordings: self.recordings.values.filter { $0.finishedAt == nil })
    }

    func events<E: Event>(_ type: E.Type) -> [E] { self.events.compactMap { $0 as? E } }

    /// The types of what was told of calls, in order.
    var callEvents: [String] { self.events.map { type(of: $0).type }.filter { $0.hasPrefix("call.") } }

    /// The operators that were rung, by telephone, in order.
    var rung: [String] {
        self.commands.compactMap { command in
            guard case .ring(_, .inside(let telephone, _), _, _) = command else { return nil }
            return telephone
        }
    }

    /// The callers for whom somebody was rung, in order.
    var served: [String] {
        self.commands.compactMap { command in
            guard case .ring(_, .inside, let channel, _) = command else { return nil }
            return channel
        }
    }

    var dialled: [String] {
        self.commands.compactMap { command in
            guard case .dial(let channel, _, _) = command else { return nil }
            return channel
        }
    }
}

extension ExchangeSnapshot.Channel {
    static func inbound(_ id: String, number: String? = "+79990000005") -> Self {
        Self(id: id, state: "Up", callerNumber: number, arguments: ["inbound", "122"])
    }

    static func leg(_ id: String, isUp: Bool) -> Self {
        Self(
            id: id, state: isUp ? "Up" : "Ringing", callerNumber: nil, arguments: isUp ? ["operator", "x"] : nil)
    }
}

extension LinePlan {
    /// No menu, no after-call work, nothing said to those who wait.
    static var bare: LinePlan {
        var plan = LinePlan()
        plan.menu = nil
        plan.afterCall = 0
        plan.shortDrop = 0
        plan.queues[0].announceEvery = 0
        return plan
    }
}
