import Foundation
import Logging
import Messaging
import Metrics
import NIOCore
import NIOPosix
import OutboundHTTP
import Postgres

/// Keeps the event socket open and reads the exchange anew after each gap.
struct ExchangeConnection: Sendable {
    /// Another application of our name took the events over.
    struct Replaced: Error, Sendable, CustomStringConvertible {
        var description: String { "another client took over the application's events" }
    }

    let address: ExchangeAddress
    let rest: ExchangeREST
    let driver: LineDriver
    let lanes: CommandLanes
    let store: LineStore
    let fence: Int64
    let status: ExchangeStatus
    let logger: Logger

    /// Until it is cancelled.
    /// - Throws: `Replaced`.
    func run() async throws {
        let backoff = Backoff(base: .milliseconds(200), limit: .seconds(5))
        var attempt = 0
        while !Task.isCancelled {
            do {
                try await ExchangeSocket(address: self.address).listen(
                    opened: {
                        try await self.resynchronize()
                        self.status.set(isConnected: true, reason: "")
                        self.logger.info("the exchange is connected")
                    },
                    heard: { try await self.hear($0) })
                self.status.set(isConnected: false, reason: "the exchange closed the event socket")
            } catch let error as Replaced {
                self.status.set(isConnected: false, reason: "\(error)")
                throw error
            } catch {
                self.status.set(isConnected: false, reason: Self.safeDescription(of: error))
            }
            if self.status.takeWasConnected() { attempt = 0 }
            await self.driver.submit(.exchangeLost)
            await self.lanes.close()
            if Task.isCancelled { return }
            attempt += 1
            self.logger.warning(
                "the exchange is away", metadata: ["reason": "\(self.status.reason)", "attempt": "\(attempt)"])
            try? await Task.sleep(for: backoff.delay(afterAttempt: attempt))
        }
    }

    // Nothing of the gap is told again: what the exchange holds is compared with what the line believes.
    private func resynchronize() async throws {
        await self.lanes.close()
        try await self.rest.filterEvents()
        try await self.rest.makeQueue()
        let known = await self.driver.beginReading()
        let startup = try await self.rest.startupTime()
        let isRestarted = try await self.store.exchangeStarted(at: startup, fence: self.fence)
        let snapshot = try await self.rest.snapshot()
        await self.lanes.open()
        let freshIDs = snapshot.channels.map { _ in MessageID.next() }
        guard
            await self.driver.submit(
                .exchangeRead(snapshot, known: known, freshIDs: freshIDs, isRestarted: isRestarted))
        else {
            throw ExchangeSocket.Failure(description: "too many events wait for the database")
        }
    }

    private func hear(_ frame: ByteBuffer) async throws -> Bool {
        let event: ExchangeEvent
        do {
            event = try ExchangeEvent(json: frame.readableBytesView)
        } catch {
            // One strange event must not cost all the others.
            self.logger.warning("an event of the exchange could not be read")
            Counter(label: "exchange_events_unreadable_total").increment()
            return true
        }
        if event.type == "ApplicationReplaced" { throw Replaced() }
        if let channel = event.channel {
            if event.type == "StasisEnd" { await self.driver.doubt(channel.id, hasLeft: true) }
            if event.type == "StasisStart" { await self.driver.trust(channel.id) }
        }
        guard let input = event.input(freshID: MessageID.next) else {
            if !ExchangeEvent.known.contains(event.type) {
                Counter(label: "exchange_events_unknown_total").increment()
            }
            return true
        }
        return await self.driver.submit(input)
    }

    private static func safeDescription(of error: any Error) -> String {
        switch error {
        case let error as ExchangeSocket.Failure: error.description
        case let error as ExchangeREST.Unusable: error.description
        case let error as PostgresError: error.description
        case is OutboundHTTPError, is NIOConnectionError: "the exchange cannot be reached"
        default: "\(type(of: error))"
        }
    }
}
