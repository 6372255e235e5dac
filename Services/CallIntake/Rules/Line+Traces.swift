import Contracts
import Foundation
import Vocabulary

/// What is to be found in the records whatever way it ended: legs to the outside and who listened to whom.
/// Whatever changes a call comes through `save`, so none of them is missed; what follows is told once an input is done.
extension Line {
    /// What is to be told when the present input is done.
    struct Traces: Sendable {
        var outsideLegs: [OutsideLegEnded] = []
        var endedHearings: [Hearing] = []
        /// Calls whose supervisions may have changed.
        var supervised: Set<UUID> = []
    }

    /// Compares a call with what it was before.
    mutating func trace(_ call: Call, before: Call?) {
        if let transfer = before?.transfer, let number = transfer.number, transfer.leg != call.transfer?.leg {
            self.traces.outsideLegs.append(Self.outsideLeg(transfer, number, of: call))
        }
        if call.state == .ended, let leg = Self.outsideLeg(of: call) { self.traces.outsideLegs.append(leg) }
        let former = before?.supervisions ?? []
        guard !former.isEmpty || !call.supervisions.isEmpty else { return }
        self.traces.supervised.insert(call.id)
        for supervision in former where !call.supervisions.contains(where: { $0.leg == supervision.leg }) {
            if let hearing = supervision.hearing { self.traces.endedHearings.append(hearing) }
        }
    }

    mutating func tellTraces(at now: Date) {
        let traces = self.traces
        self.traces = Traces()
        for var leg in traces.outsideLegs {
            leg.endedAt = max(now, leg.answeredAt ?? leg.orderedAt)
            self.announce(leg)
        }
        for hearing in traces.endedHearings { self.close(hearing, at: now) }
        for id in traces.supervised.sorted(by: { $0.uuidString < $1.uuidString }) {
            guard var call = self.calls[id] else { continue }
            for index in call.supervisions.indices { self.hear(&call, index, at: now) }
            guard call.supervisions != self.calls[id]?.supervisions else { continue }
            self.save(call)
            self.traces.supervised.remove(id)
        }
    }

    // MARK: Listening

    private mutating func hear(_ call: inout Call, _ index: Int, at now: Date) {
        let supervision = call.supervisions[index]
        if let hearing = supervision.hearing {
            guard hearing.mode != supervision.mode || hearing.operatorID != call.operatorID else { return }
            self.close(hearing, at: now)
            call.supervisions[index].hearing = nil
        }
        guard supervision.isUp else { return }
        let number = (supervision.hearings ?? 0) + 1
        let hearing = Hearing(
            id: UUID(version5: call.id, name: "\(supervision.leg)/hearing/\(number)"), callID: call.id,
            supervisorID: supervision.supervisorID, telephone: supervision.telephone, operatorID: call.operatorID,
            mode: supervision.mode, startedAt: now)
        call.supervisions[index].hearing = hearing
        call.supervisions[index].hearings = number
        self.output.hearings[hearing.id] = hearing
        self.announce(hearing.event)
    }

    private mutating func close(_ hearing: Hearing, at now: Date) {
        var hearing = hearing
        hearing.endedAt = max(now, hearing.startedAt)
        self.output.hearings[hearing.id] = hearing
        self.announce(hearing.event)
    }

    // MARK: Outside legs

    private static func outsideLeg(_ transfer: Transfer, _ number: String, of call: Call) -> OutsideLegEnded {
        let kind: OutsideLegEnded.Kind =
            transfer.isEmergency ? .emergency : transfer.kind == .consult ? .consultation : .transfer
        return OutsideLegEnded(
            legID: UUID(version5: call.id, name: transfer.leg), callID: call.id, kind: kind, number: number,
            title: transfer.title, operatorID: transfer.from, orderedAt: transfer.orderedAt,
            answeredAt: transfer.answeredAt, endedAt: transfer.orderedAt,
            // Who presses the emergency key in the menu has no card.
            isOnCard: call.answeredAt != nil)
    }

    /// The citizen whom an operator called by hand. What the dialer asked for is told by its callback.
    private static func outsideLeg(of call: Call) -> OutsideLegEnded? {
        guard call.direction == .outbound, call.attemptID == nil, let dialledAt = call.dialledAt,
            let number = call.caller.number
        else { return nil }
        return OutsideLegEnded(
            legID: UUID(version5: call.id, name: "citizen"), callID: call.originalCallID ?? call.id, kind: .call,
            number: number.extensionDigits.map { "\(number.e164);ext=\($0)" } ?? number.e164, title: nil,
            operatorID: call.spokenOperatorID ?? call.dialledBy, orderedAt: dialledAt, answeredAt: call.answeredAt,
            endedAt: dialledAt, isOnCard: call.originalCallID != nil || call.answeredAt != nil)
    }
}
