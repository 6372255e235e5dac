import Contracts
import Foundation
import Logging
import Messaging
import NIOConcurrencyHelpers
import Postgres
import ServiceLifecycle

/// Asks call-intake to dial what is due. Each lane has a loop of its own, so that nothing keeps broken calls waiting
/// (C-01).
struct Dialling: Service {
    let store: CallbackStore
    let requests: RequestClient
    let lane: DialLane
    let rules: CallbackRules
    let scripts: VoiceScripts
    let logger: Logger

    func run() async throws {
        let pace = NIOLockedValueBox(LanePace(self.lane))
        await DueWork(wokenBy: CallbackStore.channel, in: self.store.database).run { await self.dialDue(pace) }
    }

    /// Asks for everything that is due. Returns how long nothing more will be.
    private func dialDue(_ pace: NIOLockedValueBox<LanePace>) async -> Duration {
        do {
            while true {
                if let rest = pace.withLockedValue({ $0.rest(at: .now) }) { return rest }
                // What was due in the evening may have found no operator until the night.
                let now = Date()
                guard self.lane == .urgent || self.rules.hours.contains(now) else {
                    return DueWork.pause(until: self.rules.hours.opening(onOrAfter: now), atMost: 10)
                }
                let due = try await self.claim(pace.withLockedValue(\.round))
                if due.isEmpty { break }
                Failpoint.dialClaimed.pass()
                let verdicts = await self.ask(due)
                pace.withLockedValue { $0.note(verdicts, at: .now) }
            }
            return DueWork.pause(until: try await self.store.nextDue(self.lane), atMost: 10)
        } catch {
            if !Task.isCancelled {
                self.logger.warning("due callbacks could not be read", metadata: ["error": "\(error)"])
            }
            return .seconds(1)
        }
    }

    private func claim(_ round: LanePace.Round) async throws -> [DialCitizen] {
        func claim(_ order: CallbackStore.ClaimOrder, _ limit: Int) async throws -> [DialCitizen] {
            try await self.store.claimDue(
                self.lane, limit: limit, order: order, scripts: self.scripts,
                personalWait: self.rules.rule(.deferredAnswer).wait)
        }
        switch round {
        case .full(let count): return try await claim(.place, count)
        case .probe: return try await claim(.place, self.lane.probes) + claim(.lastAsked, self.lane.probes)
        }
    }

    private func ask(_ due: [DialCitizen]) async -> [Verdict] {
        await withTaskGroup { group in
            for dial in due { group.addTask { await self.ask(dial) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// What was answered decides, and nothing else: see `Verdict`.
    private func ask(_ dial: DialCitizen) async -> Verdict {
        do {
            do {
                // The attempt is the key: asked again, it is the same dial.
                _ = try await self.requests.ask(dial, key: dial.attemptID, deadline: .seconds(5))
                Failpoint.dialAsked.pass()
                return .done
            } catch let refusal as Refusal {
                try await self.follow(refusal.verdict, dial, reason: refusal.errorID)
                return refusal.verdict
            } catch let error as RequestError {
                self.logger.warning(
                    "a callback could not be dialled yet",
                    metadata: ["attempt": "\(dial.attemptID)", "error": "\(error)"])
                try await self.follow(error.verdict, dial, reason: "\(error.kind)")
                return error.verdict
            }
        } catch {
            // The claim ends by itself and the attempt is asked for again, with the same id.
            self.logger.warning(
                "an attempt could not be noted", metadata: ["attempt": "\(dial.attemptID)", "error": "\(error)"])
            return .tryAgain
        }
    }

    private func follow(_ verdict: Verdict, _ dial: DialCitizen, reason: String) async throws {
        switch verdict {
        case .done: break
        case .refused: try await self.store.withdraw(dial, reason: reason, rules: self.rules)
        // Broken calls go out as soon as their lane does (C-01).
        case .notNow(let time):
            let delay = self.lane == .urgent ? min(time, self.lane.longestRest) : time
            try await self.store.postpone(dial.attemptID, delay: delay)
        case .tryAgain: try await self.store.postpone(dial.attemptID, delay: self.lane.shortestRest)
        }
    }
}
