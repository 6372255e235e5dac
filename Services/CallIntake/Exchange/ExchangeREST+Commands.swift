import Foundation
import OutboundHTTP
import Vocabulary

extension ExchangeREST {
    /// What a command left behind.
    enum Result: Sendable, Equatable {
        case done
        /// The exchange refused to ring or to dial; the channel never was.
        case refused(channel: String)
        /// The channel may be gone, or it is unknown whether it began: it is to be looked for.
        case doubtful(channel: String)
    }

    /// Carries a command out. All but originates may be carried out twice.
    /// - Throws: `OutboundHTTPError` when the exchange did not answer.
    func carryOut(_ command: ExchangeCommand) async throws -> Result {
        switch command {
        case .admit(let channel):
            guard try await self.listen(channel) else { return .doubtful(channel: channel) }
            let answer = try await self.send("POST", ["channels", channel, "answer"])
            guard answer.isDone || answer.status == 409 else { return .doubtful(channel: channel) }
            return try await self.enqueue(channel)
        case .listen(let channel):
            return try await self.listen(channel) ? .done : .doubtful(channel: channel)
        case .wait(let channel): return try await self.enqueue(channel)
        case .ring(let leg, let telephone, let channel):
            return try await self.originate(
                leg, endpoint: self.address.operatorEndpoint.replacingOccurrences(of: "{extension}", with: telephone),
                arguments: "operator,\(channel)", timeout: self.address.operatorRing,
                extra: [("originator", channel)])
        case .dial(let channel, let attemptID, let number):
            return try await self.originate(
                channel, endpoint: self.address.trunkEndpoint.replacingOccurrences(of: "{number}", with: number.e164),
                arguments: "callback,\(attemptID.uuidString.lowercased())", timeout: self.address.citizenRing,
                extra: [("callerId", "\"122\" <122>")])
        case .connect(let bridge, let channel, let leg):
            let made = try await self.send(
                "POST", ["bridges"], query: [("type", "mixing"), ("bridgeId", bridge), ("name", "talk")])
            guard made.isDone || made.status == 409 else { return .doubtful(channel: channel) }
            guard try await self.add(channel, to: bridge, role: nil).isDone else { return .doubtful(channel: channel) }
            guard try await self.add(leg, to: bridge, role: nil).isDone else { return .doubtful(channel: leg) }
            return .done
        case .hangUp(let channel):
            let answer = try await self.send("DELETE", ["channels", channel])
            return answer.isDone ? .done : .doubtful(channel: channel)
        case .removeBridge(let bridge):
            _ = try await self.send("DELETE", ["bridges", bridge])
            return .done
        }
    }

    /// The end of an inbound channel is told only to who subscribed to it.
    private func listen(_ channel: String) async throws -> Bool {
        try await self.send(
            "POST", ["applications", self.address.application, "subscription"],
            query: [("eventSource", "channel:\(channel)")]
        ).isDone
    }

    private func enqueue(_ channel: String) async throws -> Result {
        var answer = try await self.add(channel, to: self.queueBridge, role: "participant")
        if answer.status == 404 {
            // Somebody removed the bridge, or the exchange came back empty.
            try await self.makeQueue()
            answer = try await self.add(channel, to: self.queueBridge, role: "participant")
        }
        return answer.isDone ? .done : .doubtful(channel: channel)
    }

    private func add(_ channel: String, to bridge: String, role: String?) async throws -> Answer {
        try await self.send(
            "POST", ["bridges", bridge, "addChannel"],
            query: [("channel", channel)] + (role.map { [("role", $0)] } ?? []))
    }

    // A channel id that is free again rings a second time, so nothing here is ever sent twice, not even by libcurl.
    private func originate(
        _ channel: String, endpoint: String, arguments: String, timeout: Int, extra: [(String, String)]
    ) async throws -> Result {
        do {
            let answer = try await self.send(
                "POST", ["channels", channel],
                query: [
                    ("endpoint", endpoint), ("app", self.address.application), ("appArgs", arguments),
                    ("timeout", String(timeout)),
                ] + extra, isRepeatable: false)
            // In use: the channel lives, so it was sent before.
            return answer.isDone || answer.status == 409 ? .done : .refused(channel: channel)
        } catch let error as OutboundHTTPError {
            // A dial that surely was not sent has failed and may be tried again by another attempt. A leg says nothing
            // about its operator then: it is looked for, and not found.
            let isDial = Dial.attempt(ofChannel: channel) != nil
            return isDial && !error.wasSent ? .refused(channel: channel) : .doubtful(channel: channel)
        }
    }
}
