import Contracts
import Foundation
import Messaging
import Postgres

/// The requests of the line. Each belongs to one exchange: it is carried out here when this replica owns it, and
/// handed to its owner otherwise.
struct LineRequests: Sendable {
    /// The exchanges in the order of the settings; the first is the one that is meant when none is named.
    let exchanges: [String]
    /// The telephones of each exchange.
    let telephones: [String: TelephoneList]
    let plan: LinePlan
    let directory: LineDirectory
    let database: PostgresPool
    let client: RequestClient

    /// Less than what askers wait, 5 s: they hear *try again* before they give up.
    private static let patience: Duration = .seconds(4)

    /// The routing key of the requests that only the owner of an exchange can answer.
    static func route(to exchange: String) -> String { "\(ServiceName.callIntake.rawValue).\(exchange)" }

    /// The queue of the owner of an exchange.
    static func queue(of exchange: String) -> String { "\(ServiceName.callIntake.requestQueue).\(exchange)" }

    /// What any replica answers: it looks for the owner.
    var shared: [RequestHandler] {
        [
            .read(GetLine.self) { _ in try await self.wholeLine() },
            .read(GetLinePlan.self) { _ in self.plan.answer },
            .read(GetCallIndicators.self) { try await IndicatorStore(database: self.database).answer($0) },
            .effect(SetOperatorState.self) { try await self.setOperator($0, key: $1) },
            .effect(ControlCall.self) { request, key in
                try await self.pass(request, key: key) { try await self.exchange(of: request.callID) }
            },
            .effect(SuperviseCall.self) { try await self.supervise($0, key: $1) },
            .effect(CallCitizen.self) { request, key in
                try await self.pass(request, key: key) { try await self.exchange(ofOperator: request.operatorID) }
            },
            // A citizen is called back by the exchange that had the call.
            .effect(DialCitizen.self) { request, key in
                try await self.pass(request, key: key) { try await self.exchange(of: request.originalCallID) }
            },
        ]
    }

    /// What the owner of `exchange` answers.
    func own(_ exchange: String) -> [RequestHandler] {
        [
            .read(GetLine.self) { _ in
                guard let driver = self.directory[exchange] else { throw Line.lineMoves }
                return await driver.view
            },
            .effect(SetOperatorState.self) { try await self.carryOut($0, key: $1, at: exchange) },
            .effect(ControlCall.self) { try await self.carryOut($0, key: $1, at: exchange) },
            .effect(SuperviseCall.self) { try await self.carryOut($0, key: $1, at: exchange) },
            .effect(CallCitizen.self) { try await self.carryOut($0, key: $1, at: exchange) },
            .effect(DialCitizen.self) { try await self.carryOut($0, key: $1, at: exchange) },
        ]
    }

    // MARK: Who

    /// The exchange that has a call, or had it; the first one for a call that nobody knows, or whose exchange we do not
    /// drive: it must be called back all the same.
    func exchange(of call: UUID) async throws -> String {
        for (exchange, driver) in self.directory.all where await driver.holds(call) { return exchange }
        guard self.exchanges.count > 1 else { return self.exchanges[0] }
        let row = try await self.database.query("SELECT exchange FROM call WHERE id = \(call)").first
        let exchange = try row?.decode("exchange", as: String.self)
        return exchange.flatMap { self.exchanges.contains($0) ? $0 : nil } ?? self.exchanges[0]
    }

    private func exchange(ofOperator id: String) async throws -> String {
        for (exchange, driver) in self.directory.all where await driver.holds(id) { return exchange }
        guard self.exchanges.count > 1 else { return self.exchanges[0] }
        let row = try await self.database.query(
            "SELECT exchange FROM operator WHERE id = \(id) AND chosen <> 'offline'"
        ).first
        return try row?.decode("exchange", as: String.self) ?? self.exchanges[0]
    }

    /// An operator sits at one exchange: who signs in at another one leaves the former.
    func setOperator(_ request: SetOperatorState, key: UUID) async throws -> OperatorView {
        let (telephone, named) = try self.parts(of: request.telephone)
        let target = named ?? self.exchanges[0]
        // Whoever leaves leaves from whatever it was.
        if request.state != .offline { try self.check(telephone, at: target) }
        let present = try await self.repeating { _ in try await self.exchange(ofOperator: request.operatorID) }
        if present != target, request.state != .offline {
            var leaving = request
            leaving.state = .offline
            leaving.breakReason = nil
            _ = try await self.pass(leaving, key: MessageID.next()) { present }
        }
        var request = request
        request.telephone = telephone
        let exchange = request.state == .offline ? present : target
        return try await self.pass(request, key: key) { exchange }
    }

    /// A supervisor hears at the exchange that has the call, on a telephone of that exchange and on no other.
    func supervise(_ request: SuperviseCall, key: UUID) async throws -> Done {
        let target = try await self.repeating { _ in try await self.exchange(of: request.callID) }
        let (telephone, named) = try self.parts(of: request.telephone)
        if request.mode != .stop {
            guard named ?? target == target else {
                throw Refusal(
                    "telephone-elsewhere", "Разговор идёт на другой АТС: укажите телефон, который подключён к ней.",
                    field: "telephone")
            }
            try self.check(telephone, at: target)
        }
        var request = request
        request.telephone = telephone
        return try await self.pass(request, key: key) { target }
    }

    /// `1001@west` as `1001` and `west`.
    /// - Throws: `exchange-unknown`: a trunk is none either.
    private func parts(of telephone: String) throws -> (telephone: String, exchange: String?) {
        let parts = telephone.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { return (telephone, nil) }
        guard self.exchanges.contains(parts[1]) else {
            throw Refusal(
                "exchange-unknown", "Такой АТС нет. Укажите телефон без @ или с именем АТС из настроек.",
                field: "telephone")
        }
        return (parts[0], parts[1])
    }

    /// - Throws: `telephone-unknown`.
    private func check(_ telephone: String, at exchange: String) throws {
        guard self.telephones[exchange, default: .standard].contains(telephone) else {
            throw Refusal(
                "telephone-unknown",
                "Это не внутренний телефон АТС центра. Укажите свой внутренний номер; список телефонов — в настройках АТС.",
                field: "telephone")
        }
    }

    /// The lines of all exchanges together. One whose owner does not answer is missing rather than all of them.
    private func wholeLine() async throws -> GetLine.Answer {
        var answer = GetLine.Answer(calls: [], operators: [])
        var failures = 0
        for exchange in self.exchanges {
            do {
                let part =
                    if let driver = self.directory[exchange] {
                        await driver.view
                    } else {
                        try await self.client.ask(
                            GetLine(), route: Self.route(to: exchange), deadline: .seconds(2))
                    }
                answer.calls += part.calls
                answer.operators += part.operators
            } catch let error as RequestError {
                failures += 1
                guard failures < self.exchanges.count else { throw error }
            }
        }
        do {
            answer.calls += try await ForeignStore(database: self.database).views()
        } catch is PostgresError {
            // As with an exchange that does not answer: the others are shown.
        }
        return answer
    }

    // MARK: Passing on

    private func pass<R: LineOrder>(
        _ request: R, key: UUID, to find: @Sendable () async throws -> String
    ) async throws -> R.Answer {
        try await self.repeating { left in
            let exchange = try await find()
            if self.directory[exchange] != nil { return try await self.carryOut(request, key: key, at: exchange) }
            return try await self.client.ask(request, key: key, route: Self.route(to: exchange), deadline: left)
        }
    }

    /// While a line moves to another replica, or the database is away for a moment, nobody has refused: the same is tried
    /// again, with the same key, as long as whoever asked may still wait.
    /// - Parameter body: is told what is left of the time.
    /// - Throws: `Refusal`; `Line.lineMoves` when the time is over, so that the asker tries again.
    private func repeating<Value>(_ body: (_ left: Duration) async throws -> Value) async throws -> Value {
        let end = ContinuousClock.now.advanced(by: Self.patience)
        var attempt = 0
        while true {
            attempt += 1
            do {
                return try await body(ContinuousClock.now.duration(to: end))
            } catch let error where Self.isPassing(error) {
                try Task.checkCancellation()
                let pause = Backoff(base: .milliseconds(50), limit: .milliseconds(500)).delay(afterAttempt: attempt)
                guard ContinuousClock.now.advanced(by: pause) < end else { throw Line.lineMoves }
                try await Task.sleep(for: pause)
            }
        }
    }

    private static func isPassing(_ error: any Error) -> Bool {
        switch error {
        case let error as Refusal: error.verdict == .tryAgain
        case let error as RequestError: error.verdict == .tryAgain
        case let error as PostgresError: error.isRetryable
        default: false
        }
    }

    /// - Throws: `Refusal`; of an error of the database that passes, `Line.lineMoves`.
    private func carryOut<R: LineOrder>(_ request: R, key: UUID, at exchange: String) async throws -> R.Answer {
        guard let driver = self.directory[exchange] else { throw Line.lineMoves }
        do {
            if try await request.isDone(before: LineStore(database: self.database, exchange: exchange)),
                let done = Done() as? R.Answer
            {
                return done
            }
        } catch let error as PostgresError where error.isRetryable {
            throw Line.lineMoves
        }
        return try R.answer(from: try await driver.ask(request.input, key: key))
    }
}
