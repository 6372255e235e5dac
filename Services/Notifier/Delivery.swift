import Contracts
import Foundation
import Logging
import Messaging
import OutboundHTTP
import Postgres
import ServiceLifecycle

/// Delivers what is due: claims a batch, hands each message to its channel, notes the outcomes in one transaction.
struct Delivery: Service {
    /// Deliveries at once, and claimed at once: a batch takes no longer than its slowest message, and a claim no longer
    /// than it lasts.
    private static let concurrency = 16
    private static let noting = Backoff(base: .milliseconds(100), limit: .seconds(2))
    private static let backoff = Backoff(base: .seconds(5), limit: .seconds(3600))
    /// With this back-off about three days.
    private static let maximumAttempts = 80

    let store: MessageStore
    let texts: MessageTexts
    let spool: SpoolChannel
    let mail: MailChannel?
    let logger: Logger

    func run() async throws {
        // Each by itself: a mail server that says nothing holds up no SMS.
        await withTaskGroup { group in
            for channel in OutgoingMessage.Channel.allCases {
                group.addTask {
                    await DueWork(wokenBy: MessageStore.channel, in: self.store.database).run {
                        await self.deliverDue(channel)
                    }
                }
            }
        }
    }

    /// Delivers everything that is due on a channel. Returns how long nothing more will be.
    func deliverDue(_ channel: OutgoingMessage.Channel) async -> Duration {
        do {
            try await self.store.recoverCutOff()
            while !Task.isCancelled {
                let end = ContinuousClock.now + .seconds(MessageStore.claimSeconds)
                let due = try await self.store.claimDue(channel, limit: Self.concurrency)
                if due.isEmpty { break }
                // A claimed batch is finished and noted also while the service stops.
                try await Task.detached { try await self.note(await self.deliver(due), until: end) }.value
            }
            return DueWork.pause(until: try await self.store.nextDue(channel), atMost: 30)
        } catch {
            if !Task.isCancelled {
                self.logger.warning("messages could not be delivered", metadata: ["error": "\(error)"])
            }
            return .seconds(1)
        }
    }

    /// Notes what became of a batch; again and again while the claim lasts, because what is not noted of a mail that was
    /// sent stays unknown for ever (C-209).
    private func note(_ outcomes: [MessageStore.Outcome], until end: ContinuousClock.Instant) async throws {
        var attempt = 0
        while true {
            attempt += 1
            do {
                return try await self.store.finish(outcomes)
            } catch let error as PostgresError where error.isRetryable {
                let pause = Self.noting.delay(afterAttempt: attempt)
                guard ContinuousClock.now + pause < end else { throw error }
                self.logger.warning(
                    "the outcome of messages could not be noted yet",
                    metadata: ["count": "\(outcomes.count)", "error": "\(error)"])
                try await Task.sleep(for: pause)
            }
        }
    }

    private func deliver(_ due: [MessageStore.Due]) async -> [MessageStore.Outcome] {
        await withTaskGroup(of: MessageStore.Outcome.self) { group in
            var outcomes: [MessageStore.Outcome] = []
            for item in due { group.addTask { await self.deliver(item) } }
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
    }

    private func deliver(_ due: MessageStore.Due) async -> MessageStore.Outcome {
        let message = due.message
        guard let text = self.texts.render(message) else {
            return .init(message: message, state: .failed, reason: "no-template")
        }
        do {
            switch message.channel {
            case .spool: try await self.spool.deliver(message, text: text)
            case .smtp:
                guard let mail = self.mail else {
                    return .init(message: message, state: .failed, reason: "no-smtp-server")
                }
                try await mail.deliver(message, text: text)
            }
            return .init(message: message, state: .sent)
        } catch let error as OutboundHTTPError {
            switch error.mailOutcome {
            case .notNow: return self.again(due, reason: error.description)
            case .never: return .init(message: message, state: .failed, reason: error.description)
            // The text may have reached the server: sent again, the organization would have it twice.
            case .unknown: return .init(message: message, state: .uncertain, reason: error.description)
            }
        } catch {
            // The spool's disk: full, or not there.
            return self.again(due, reason: "spool: \(type(of: error))")
        }
    }

    private func again(_ due: MessageStore.Due, reason: String) -> MessageStore.Outcome {
        guard due.attempt < Self.maximumAttempts else {
            return .init(message: due.message, state: .failed, reason: reason)
        }
        let delay = Self.backoff.delay(afterAttempt: due.attempt).components
        return .init(
            message: due.message, state: .retryable, reason: reason,
            delay: Double(delay.seconds) + Double(delay.attoseconds) / 1e18)
    }
}

extension OutboundHTTPError {
    /// What became of a mail.
    enum MailOutcome {
        case notNow, never, unknown
    }

    var mailOutcome: MailOutcome {
        switch self.kind {
        // The server said no, so it did not take the mail; 4xx is "not now".
        case .smtp: self.isRetryable ? .notNow : .never
        // The mail itself: nothing that comes later mends it (E-409).
        case .invalidRequest: .never
        // The text has not gone out: a certificate that does not fit, a server that is away, our own end.
        case _ where !self.wasSent: .notNow
        default: .unknown
        }
    }
}
