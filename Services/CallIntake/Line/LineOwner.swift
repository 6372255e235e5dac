import AMQP
import Contracts
import Foundation
import Logging
import Messaging
import Metrics
import OutboundHTTP
import Postgres
import ServiceLifecycle
import Vocabulary

/// Owns the exchange when no other replica does: holds the lease, keeps the line, answers requests.
struct LineOwner: Service {
    /// How long after the end of its part in the application a channel's own end is waited for.
    private static let doubt: Duration = .seconds(1)
    /// How long the exchange is left to another client that took its events.
    private static let standBack: Duration = .seconds(5)

    /// Between two comparisons with what the exchange holds.
    private static let sweepInterval: Duration = .seconds(30)
    /// A replica that has lines already lets another one take the next: so they spread.
    private static let courtesy: Duration = .milliseconds(250)

    let address: ExchangeAddress
    /// Among the exchanges of the settings, from 0.
    let position: Int
    let plan: LinePlan
    let calendar: RegionCalendar?
    let requests: LineRequests
    let database: PostgresPool
    let broker: AMQPClient
    let http: OutboundHTTPClient
    let status: ExchangeStatus
    let logger: Logger

    private var directory: LineDirectory { self.requests.directory }

    func run() async throws {
        let holder = MessageID.next().uuidString.lowercased()
        try? await cancelWhenGracefulShutdown {
            // Replicas that start together do not all begin with the same exchange's neighbour in hand.
            try await Task.sleep(for: Self.courtesy * self.position)
            while true {
                try await Task.sleep(for: Self.courtesy * self.directory.count)
                try await self.takeAndOwn(holder)
                try await Task.sleep(for: ExchangeLease.retry)
            }
        }
    }

    private func takeAndOwn(_ holder: String) async throws {
        let lease: ExchangeLease
        do {
            guard
                let taken = try await ExchangeLease.take(
                    self.address.name, holder: holder, database: self.database)
            else { return }
            lease = taken
        } catch let error as PostgresError {
            self.logger.warning("the lease could not be asked for", metadata: ["error": "\(error)"])
            return
        }
        self.logger.info("this replica owns the exchange", metadata: ["fence": "\(lease.fence)"])
        self.status.set(isOwner: true)
        var pause: Duration = .zero
        do {
            // Not cancelled with us: requests in hand are finished first.
            let stop = AsyncStream<Void>.makeStream()
            let work = Task { try await self.own(lease, stop: stop.stream) }
            try await withTaskCancellationHandler {
                try await work.value
            } onCancel: {
                stop.continuation.finish()
            }
        } catch is CancellationError {
            self.logger.debug("the line was stopped")
        } catch {
            // A foreign client of our name: taking the events back at once would only begin a quarrel.
            if error is ExchangeConnection.Replaced { pause = Self.standBack }
            self.logger.error(
                "this replica no longer owns the exchange",
                metadata: ["reason": "\(Self.safeDescription(of: error))"])
        }
        self.status.set(isOwner: false)
        await self.giveUp(lease)
        try await Task.sleep(for: pause)
    }

    /// Not cancelled with us: the other replica should not have to wait. Given up twice it is given up.
    private func giveUp(_ lease: ExchangeLease) async {
        let giveUp = Task { try await lease.giveUp() }
        if case .failure(let error) = await giveUp.result {
            self.logger.warning("the lease could not be given up", metadata: ["error": "\(error)"])
        }
    }

    /// Works until `stop` ends or something fails.
    private func own(_ lease: ExchangeLease, stop: AsyncStream<Void>) async throws {
        let rest = ExchangeREST(address: self.address, client: self.http)
        let name = self.address.name
        let store = LineStore(database: self.database, exchange: name)
        let kept = try await store.read(plan: self.plan, calendar: self.calendar, fence: lease.fence)
        for column in kept.unreadable {
            self.logger.error("a row of the line cannot be read; it is left out", metadata: ["column": "\(column)"])
            Counter(label: "line_values_refused_total", dimensions: [("kind", "unreadable")]).increment()
        }
        let driver = LineDriver(line: kept.line, store: store, fence: lease.fence, logger: self.logger)
        let lanes = CommandLanes(rest: rest, lease: lease, logger: self.logger) { result in
            switch result {
            case .done: break
            case .taken(let channel, let orderedAt, let answeredAt):
                await driver.submit(.dialTaken(channel: channel, orderedAt: orderedAt, answeredAt: answeredAt))
            case .refused(let channel): await driver.submit(.originateRefused(channel: channel))
            case .doubtful(let channel): await driver.doubt(channel)
            case .unsaid(let id): await driver.submit(.sayingRefused(id: id))
            case .unrecorded(let name, let reason):
                await driver.submit(.recordingFailed(name: name, reason: reason))
            }
        }
        await driver.attach(lanes)
        let connection = ExchangeConnection(
            address: self.address, rest: rest, driver: driver, lanes: lanes, store: store, fence: lease.fence,
            status: self.status, logger: self.logger)
        self.directory.set(driver, for: name)
        defer { self.directory.set(nil, for: name) }
        // Only a replica with a line takes requests: the others would have to pass all of them on.
        let requests = ServiceGroup(
            services: [
                RequestServer(
                    service: .callIntake, database: self.database, broker: self.broker, logger: self.logger,
                    concurrency: 64, handlers: self.requests.shared),
                RequestServer(
                    service: .callIntake, queue: LineRequests.queue(of: name), database: self.database,
                    broker: self.broker, logger: self.logger, concurrency: 64, handlers: self.requests.own(name)),
            ], logger: self.logger)
        let answering = Task { try await requests.run() }
        let result = await Self.firstEnd(of: [
            { for await _ in stop {} },
            { try await answering.value },
            { try await self.renew(lease) },
            { try await driver.run() },
            { try await connection.run() },
            { try await self.lookAfter(driver, rest) },
            { try await self.sweep(driver, rest) },
        ]) { first in
            // Intake first; what is in hand is answered as long as the lease is ours. After a failure nothing is: who
            // waits asks the next owner, which has not to wait for them in its turn.
            if case .failure = first {
                self.directory.set(nil, for: name)
                await driver.close()
                lease.lose()
                await self.giveUp(lease)
            }
            if lease.outlasts(.zero) == false { await driver.close() }
            await requests.triggerGracefulShutdown()
            _ = await answering.result
            lease.lose()
            await driver.close()
        }
        await lanes.close()
        try result.get()
    }

    /// Runs tasks until one ends, then `windUp`, then cancels the others.
    private static func firstEnd(
        of tasks: [@Sendable () async throws -> Void], windUp: @Sendable (Result<Void, any Error>) async -> Void
    ) async -> Result<Void, any Error> {
        await withTaskGroup(of: Result<Void, any Error>.self) { group in
            for task in tasks {
                group.addTask {
                    do {
                        return .success(try await task())
                    } catch {
                        return .failure(error)
                    }
                }
            }
            let first = await group.next() ?? .success(())
            await windUp(first)
            group.cancelAll()
            return first
        }
    }

    private func renew(_ lease: ExchangeLease) async throws {
        while true {
            do {
                try await Task.sleep(for: ExchangeLease.renewal)
                try await lease.renew()
            } catch let error as PostgresError {
                // Nothing is commanded meanwhile; a lease that nobody took goes on.
                self.logger.warning("the lease could not be renewed", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Once a second: what is in doubt, what is measured.
    private func lookAfter(_ driver: LineDriver, _ rest: ExchangeREST) async throws {
        let exchange = [("exchange", self.address.name)]
        let waiting = Gauge(label: "calls_waiting", dimensions: exchange)
        let longest = Gauge(label: "calls_longest_wait_seconds", dimensions: exchange)
        let calls = Gauge(label: "calls_on_line", dimensions: exchange)
        let ready = Gauge(label: "operators_ready", dimensions: exchange)
        let unrecorded = Gauge(label: "conversations_unrecorded", dimensions: exchange)
        let inputs = Gauge(label: "line_inputs_waiting", dimensions: exchange)
        while true {
            try await Task.sleep(for: .seconds(1))
            await driver.doubtOverdue(citizenRing: Double(self.address.citizenRing + 5))
            for (channel, hasLeft) in await driver.takeDoubtful(olderThan: Self.doubt) {
                await self.lookFor(channel, hasLeft: hasLeft, driver, rest)
            }
            let counts = await driver.counts
            waiting.record(counts.waiting)
            longest.record(counts.longestWait)
            calls.record(counts.calls)
            ready.record(counts.ready)
            unrecorded.record(counts.unrecorded)
            inputs.record(counts.inputs)
        }
    }

    private func lookFor(_ channel: String, hasLeft: Bool, _ driver: LineDriver, _ rest: ExchangeREST) async {
        do {
            switch try await rest.isLiving(channel) {
            case false?: await driver.submit(.channelEnded(channel: channel, cause: nil, technical: nil))
            case true? where hasLeft: await driver.submit(.channelLeft(channel: channel))
            case true?: await driver.submit(.channelLives(channel))
            case nil: break
            }
        } catch {
            // The exchange is away; when it is back, everything is compared.
            self.logger.debug("a channel could not be looked for", metadata: ["error": "\(error)"])
        }
    }

    /// The watchdog: closes what has no living channel, and channels that belong to nothing.
    private func sweep(_ driver: LineDriver, _ rest: ExchangeREST) async throws {
        while true {
            try await Task.sleep(for: Self.sweepInterval)
            guard self.status.isReady else { continue }
            let known = await driver.channels
            do {
                await driver.submit(.exchangeSwept(try await rest.snapshot(), known: known))
            } catch {
                self.logger.debug("the exchange could not be compared", metadata: ["error": "\(error)"])
            }
        }
    }

    private static func safeDescription(of error: any Error) -> String {
        switch error {
        case let error as LeaseLost: error.description
        case let error as ExchangeConnection.Replaced: error.description
        case let error as PostgresError: error.description
        default: "\(type(of: error))"
        }
    }
}
