import Contracts
import Foundation
import Logging
import Messaging
import Postgres
import ServiceLifecycle

/// Asks call-intake to dial what is due. Each lane has a loop of its own, so that nothing keeps broken calls waiting
/// (C-01).
struct Dialling: Service {
    private enum Result {
        case asked
        /// Callers who wait come first, or as many voices speak as may.
        case notNow
    }

    /// Seconds until a dial that could not be asked for is due again: short against the 15 s of C-01.
    private static let retryDelay = 1.0
    /// So often others are tried when nobody at all can be dialled: callbacks of another exchange may stand behind.
    private static let roundsInVain = 5
    /// Seconds until it is looked again whether who promised a call is free.
    private static let operatorDelay = 10.0

    let store: CallbackStore
    let requests: RequestClient
    let lane: DialLane
    let rules: CallbackRules
    let scripts: VoiceScripts
    let logger: Logger

    /// Dials asked for at once. Those that need a free operator are asked for in the order of their places.
    private var concurrency: Int { self.lane == .urgent ? 128 : 8 }

    func run() async throws {
        await DueWork(wokenBy: CallbackStore.channel, in: self.store.database).run { await self.dialDue() }
    }

    /// Asks for everything that is due. Returns how long nothing more will be.
    private func dialDue() async -> Duration {
        do {
            var inVain = 0
            while true {
                // What was due in the evening may have found no operator until the night.
                let now = Date()
                guard self.lane == .urgent || self.rules.hours.contains(now) else {
                    return DueWork.pause(until: self.rules.hours.opening(onOrAfter: now), atMost: 10)
                }
                let due = try await self.store.claimDue(
                    self.lane, limit: self.concurrency, scripts: self.scripts,
                    personalWait: self.rules.rule(.deferredAnswer).wait)
                if due.isEmpty { break }
                Failpoint.dialClaimed.pass()
                let refused = await self.ask(due)
                inVain = refused == due.count ? inVain + 1 : 0
                if inVain == Self.roundsInVain { return .milliseconds(Int(Self.retryDelay * 1000)) }
            }
            return DueWork.pause(until: try await self.store.nextDue(self.lane), atMost: 10)
        } catch {
            if !Task.isCancelled {
                self.logger.warning("due callbacks could not be read", metadata: ["error": "\(error)"])
            }
            return .seconds(1)
        }
    }

    /// - Returns: how many cannot be dialled now.
    private func ask(_ due: [DialCitizen]) async -> Int {
        await withTaskGroup { group in
            for dial in due { group.addTask { await self.ask(dial) } }
            return await group.reduce(0) { $0 + ($1 == .notNow ? 1 : 0) }
        }
    }

    /// Nobody will ever be dialled by this attempt.
    private static func isFinal(_ refusal: Refusal) -> Bool {
        ["number-not-dialable", "own-number", "called-in", "script-invalid"].contains(refusal.errorID)
    }

    private func ask(_ dial: DialCitizen) async -> Result {
        do {
            do {
                // The attempt is the key: asked again, it is the same dial.
                _ = try await self.requests.ask(dial, key: dial.attemptID, deadline: .seconds(5))
                Failpoint.dialAsked.pass()
            } catch let refusal as Refusal where Self.isFinal(refusal) {
                try await self.store.withdraw(dial, reason: refusal.errorID, rules: self.rules)
            } catch let refusal as Refusal where ["no-operator-free", "no-line-free"].contains(refusal.errorID) {
                try await self.store.postpone(dial.attemptID, delay: Self.retryDelay)
                return .notNow
            } catch let refusal as Refusal where refusal.errorID == "operator-away" {
                // Not at the head of those who can be dialled.
                try await self.store.postpone(dial.attemptID, delay: Self.operatorDelay)
            } catch {
                self.logger.warning(
                    "a callback could not be dialled yet",
                    metadata: ["attempt": "\(dial.attemptID)", "error": "\(error)"])
                try await self.store.postpone(dial.attemptID, delay: Self.retryDelay)
            }
        } catch {
            // The claim ends by itself and the attempt is asked for again, with the same id.
            self.logger.warning(
                "an attempt could not be noted", metadata: ["attempt": "\(dial.attemptID)", "error": "\(error)"])
        }
        return .asked
    }
}
