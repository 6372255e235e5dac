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
                let due = try await self.store.claimDue(channel, limit: Self.concurrency)
                if due.isEmpty { break }
                // A claimed batch is finished and noted also while the service stops.
                try await Task.detached { try await self.store.finish(await self.deliver(due)) }.value
            }
            return DueWork.pause(until: try await self.store.nextDue(channel), atMost: 30)
        } catch {
            if !Task.isCancelled {
                self.logger.warning("messages could not be delivered", metadata: ["error": "\(error)"])
            }
            return .seconds(1)
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
            if error.isRetryable, !error.wasSent || error.isRefusal {
                return self.again(due, reason: error.description)
            }
            // The text may have reached the server: sent again, the organization would have it twice.
            return .init(message: message, state: error.isRefusal ? .failed : .uncertain, reason: error.description)
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
    /// The server said no, so it did not take the message.
    fileprivate var isRefusal: Bool {
        if case .smtp = self.kind { true } else { false }
    }
}
