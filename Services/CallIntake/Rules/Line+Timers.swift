import Contracts
import Foundation

extension Line {
    /// When `tick` has something to do next; nil when nothing waits.
    mutating func nextDue() -> Date? {
        if self.calendar != nil, !self.hoursAreWatched { return .distantPast }
        return self.timers.next()
    }

    mutating func doWhatIsDue(at now: Date) {
        if self.calendar != nil, !self.hoursAreWatched {
            self.hoursAreWatched = true
            self.lookAtHours(at: now)
        }
        // What sets itself again is due later than now; the bound is for a rule that forgot.
        for _ in 0..<10_000 {
            guard let subject = self.timers.takeDue(at: now) else { return }
            switch subject {
            case .call(let id): self.callIsDue(id, at: now)
            case .person(let id): self.afterCallEnded(id, at: now)
            case .dial(let id): self.dialIsDue(id, at: now)
            case .recording(let name):
                if let recording = self.recordings[name] { self.finish(recording, seconds: nil, at: now) }
            case .hours: self.lookAtHours(at: now)
            }
        }
    }

    private mutating func callIsDue(_ id: UUID, at now: Date) {
        guard var call = self.calls[id] else { return }
        if call.state == .waiting || call.state == .ringing { self.tellWaiting(&call, at: now) }
        if let dueAt = call.dueAt, dueAt <= now {
            call.dueAt = nil
            switch call.state {
            case _ where call.isHangUpRequested: self.hangUp(&call, at: now)
            case .menu: self.menuTimedOut(&call, at: now)
            case .secretary: self.secretaryTimedOut(&call, at: now)
            case .speaking: self.voiceTimedOut(&call, at: now)
            case .held where call.isHeldByTelephone == true: self.warnOfHold(&call, at: now)
            case .held: self.open(&call, at: now)
            case .leaving: self.hangUp(&call, at: now)
            case .ringing where call.isSecondLine:
                self.save(call)
                return self.takeSecondLineBack(id, isDeclined: true, at: now)
            default: break
            }
        }
        guard self.calls[id] != nil else { return }
        self.save(call)
        self.settle(call.operatorID, at: now)
    }
}
