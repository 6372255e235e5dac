import DequeModule
import Foundation
import Logging
import Metrics

/// Sends the commands of one call one after the other, and those of different calls at once, up to a limit.
///
/// While the exchange is away it drops what it is given: reading the exchange anew says what is to be done then.
actor CommandLanes {
    private static let limit = 64
    /// A command that got no answer is tried again, unless it is an originate.
    private static let attempts = 4

    private let rest: ExchangeREST
    private let lease: ExchangeLease
    private let logger: Logger
    private let report: @Sendable (ExchangeREST.Result) async -> Void

    private var isOpen = false
    private var lanes: [UUID: Deque<ExchangeCommand>] = [:]
    /// Lanes that wait for a place. A citizen whose line broke waits for seconds (C-01), what is to be cleared away does
    /// not.
    private var dialling: Deque<UUID> = []
    private var waiting: Deque<UUID> = []
    private var running = 0
    private var whenIdle: [CheckedContinuation<Void, Never>] = []

    init(
        rest: ExchangeREST, lease: ExchangeLease, logger: Logger,
        report: @escaping @Sendable (ExchangeREST.Result) async -> Void
    ) {
        self.rest = rest
        self.lease = lease
        self.logger = logger
        self.report = report
    }

    func send(_ commands: [LaneCommand]) {
        guard self.isOpen else { return }
        for command in commands {
            if self.lanes[command.lane] == nil {
                self.lanes[command.lane] = [command.command]
                if case .dial = command.command {
                    self.dialling.append(command.lane)
                } else {
                    self.waiting.append(command.lane)
                }
            } else {
                self.lanes[command.lane]?.append(command.command)
            }
        }
        self.startLanes()
    }

    func open() { self.isOpen = true }

    /// Drops what has not begun and waits for what has.
    func close() async {
        self.isOpen = false
        for id in self.dialling + self.waiting { self.lanes[id] = nil }
        self.dialling = []
        self.waiting = []
        for id in self.lanes.keys { self.lanes[id] = [] }
        guard self.running > 0 else { return }
        await withCheckedContinuation { self.whenIdle.append($0) }
    }

    private func startLanes() {
        while self.running < Self.limit, let id = self.dialling.popFirst() ?? self.waiting.popFirst() {
            self.running += 1
            Task { await self.runLane(id) }
        }
    }

    private func runLane(_ id: UUID) async {
        while let command = self.lanes[id]?.popFirst() { await self.carryOut(command) }
        self.lanes[id] = nil
        self.running -= 1
        self.startLanes()
        if self.running == 0 {
            for waiter in self.whenIdle { waiter.resume() }
            self.whenIdle = []
        }
    }

    private func carryOut(_ command: ExchangeCommand) async {
        for attempt in 1...Self.attempts {
            // Composite commands take several steps; each has the deadline, and a lost lease ends them between two.
            guard await self.lease.margin(ExchangeREST.deadline), self.isOpen else { return }
            do {
                let result = try await self.rest.carryOut(command, isAgain: attempt > 1, report: self.report)
                if result != .done { await self.report(result) }
                return
            } catch {
                self.logger.warning(
                    "the exchange did not carry out a command",
                    metadata: ["command": "\(command.name)", "attempt": "\(attempt)", "error": "\(error)"])
                Counter(label: "exchange_command_failures_total").increment()
                guard attempt < Self.attempts else { break }
                try? await Task.sleep(for: .milliseconds(100 * attempt))
            }
        }
        if let result = command.whenLost { await self.report(result) }
    }
}

extension ExchangeCommand {
    /// Makes a channel, so it is never given twice.
    var isOriginate: Bool {
        switch self {
        case .ring, .dial: true
        default: false
        }
    }

    /// For logs: without numbers.
    var name: String {
        switch self {
        case .admit: "admit"
        case .listen: "listen"
        case .wait: "wait"
        case .stopWaiting: "stop waiting"
        case .ring: "ring"
        case .prepare: "prepare"
        case .connect: "connect"
        case .join: "join"
        case .leave: "leave"
        case .startMusic: "start music"
        case .stopMusic: "stop music"
        case .say: "say"
        case .stopSaying: "stop saying"
        case .recordMessage: "record message"
        case .tones: "tones"
        case .snoop: "snoop"
        case .hangUp: "hang up"
        case .removeBridge: "remove bridge"
        case .dial: "dial"
        }
    }

    /// What is to be thought when the exchange never carried it out.
    var whenLost: ExchangeREST.Result? {
        switch self {
        case .admit(let channel), .listen(let channel), .wait(let channel), .stopWaiting(let channel),
            .hangUp(let channel), .join(_, let channel), .leave(_, let channel), .tones(let channel, _, _):
            .doubtful(channel: channel)
        case .ring(let leg, _, _, _): .doubtful(channel: leg)
        case .connect(_, let channels, _, _): channels.first.map { .doubtful(channel: $0) }
        case .dial(let channel, _, _): .doubtful(channel: channel)
        case .say(let id, _, _): .unsaid(id: id)
        case .recordMessage(_, let name, _, _): .unrecorded(name: name, reason: "the exchange did not answer")
        case .prepare, .removeBridge, .startMusic, .stopMusic, .stopSaying, .snoop: nil
        }
    }
}
