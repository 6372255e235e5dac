import Foundation

extension Exchange {
    /// Starts a recording; nil if the application it speaks to has no socket.
    mutating func start(_ script: ReplayScript, application: String, speed: Double, number: String?) -> Int? {
        guard self.applications[application]?.isConnected == true else { return nil }
        let id = self.nextSerial()
        var replay = Replay(id: id, script: script, application: application, speed: speed, openedAt: self.now)
        for recorded in script.inbound { replay.substitutes[recorded] = self.nextChannelID() }
        if let number, let caller = script.inbound.first, let known = Self.caller(of: caller, in: script) {
            replay.substitutes[known] = number
        }
        self.statistics.replays += 1
        self.replays[id] = replay
        self.play(id)
        return id
    }

    private static func caller(of channel: String, in script: ReplayScript) -> String? {
        let number = script.segments[0].events.first { $0.channel == channel }?.event["channel"]?["caller"]?["number"]
        return number?.string.flatMap { $0.isEmpty ? nil : $0 }
    }

    mutating func replayIsDue(_ id: Int, _ generation: Int) {
        guard let replay = self.replays[id], replay.generation == generation else { return }
        if let gate = replay.waitingFor, case .join(_, _, isHolding: true) = gate, !replay.arrived.isEmpty {
            // The client goes on without this queue: so does the recording.
            self.replays[id]?.skipped.append(gate.description)
            self.advance(id)
        }
        self.play(id)
    }

    /// Plays what is due, then waits for time or for a command.
    mutating func play(_ id: Int) {
        while let replay = self.replays[id], !replay.isFinished, !replay.isWaiting {
            let events = replay.script.segments[replay.segment].events
            if replay.event < events.count {
                if self.isGone(events[replay.event].channel, in: replay) {
                    self.replays[id]?.event += 1
                    continue
                }
                let due = replay.due(events[replay.event])
                guard due <= self.now.addingTimeInterval(0.0005) else {
                    self.replays[id]?.generation += 1
                    self.schedule(
                        .replay(run: id, generation: replay.generation + 1), after: due.timeIntervalSince(self.now))
                    return
                }
                self.replays[id]?.event += 1
                self.play(events[replay.event], of: id)
            } else {
                self.open(replay.segment + 1, of: id)
            }
        }
    }

    /// Leaves the present segment without playing it.
    private mutating func advance(_ id: Int) {
        guard let replay = self.replays[id] else { return }
        self.replays[id]?.isWaiting = false
        self.open(replay.segment + 1, of: id)
    }

    private mutating func open(_ segment: Int, of id: Int) {
        guard var replay = self.replays[id] else { return }
        replay.segment = segment
        replay.event = 0
        replay.openedAt = self.now
        replay.isWaiting = false
        if segment >= replay.script.segments.count {
            replay.isFinished = true
        } else if let gate = replay.script.segments[segment].gate {
            if replay.arrived.removeValue(forKey: segment) == nil {
                replay.isWaiting = !self.isVoid(gate, in: replay)
                if !replay.isWaiting { replay.skipped.append(gate.description) }
            }
        }
        self.replays[id] = replay
    }

    /// A command about a channel that is gone will never come.
    private func isVoid(_ gate: ReplayGate, in replay: Replay) -> Bool {
        switch gate {
        case .answer(let channel), .join(let channel, _, _), .delete(let channel):
            self.isGone(channel, in: replay)
        case .originate:
            !replay.script.inbound.isEmpty
                && replay.script.inbound.allSatisfy { caller in
                    self.isGone(caller, in: replay)
                }
        }
    }

    /// The leg is over, or was to be originated before and was not.
    func isGone(_ channel: String, in replay: Replay) -> Bool {
        self.channels[replay.substitutes[channel] ?? ""] == nil
            && (replay.appeared.contains(channel) || !replay.script.inbound.contains(channel))
    }

    /// The client ended a leg otherwise than recorded: what waits for a command about it waits no longer.
    mutating func replayLostChannel(_ id: Int) {
        guard let gate = self.replays[id]?.waitingFor, let replay = self.replays[id], self.isVoid(gate, in: replay)
        else { return }
        self.replays[id]?.skipped.append(gate.description)
        self.replays[id]?.isWaiting = false
        self.replays[id]?.openedAt = self.now
        self.replays[id]?.generation += 1
        self.schedule(.replay(run: id, generation: replay.generation + 1), after: 0)
    }
}
