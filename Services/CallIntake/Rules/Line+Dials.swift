import Contracts
import Foundation
import Messaging
import Vocabulary

extension Line {
    mutating func dial(_ request: DialCitizen, at now: Date) throws {
        if let fault = self.plan.dialing.fault(of: request.number) { throw Self.refusal(fault) }
        if self.finishedDials.contains(request.attemptID) { return }
        let known = self.dials[request.attemptID]
        // Asked again, it is the same dial.
        if known?.state == .sending { return }
        if request.script != nil, request.number.extensionDigits != nil {
            throw Refusal("number-has-extension", "У номера добавочный: голосовой звонок до человека не дойдёт.")
        }
        guard self.mayDialMore(request.number, at: now) else {
            throw Refusal("daily-limit", "На этот номер за сутки звонили слишком много раз. Позвоните сами.")
        }
        guard self.isConnected else {
            throw Self.exchangeAway
        }
        try self.checkLine(of: request)
        try self.checkPace(of: request, at: now)
        var dial = known ?? Dial(request, state: .planned, dueAt: now)
        dial.preferredOperatorID = request.preferredOperatorID
        if !self.ringOperator(for: dial, at: now) { self.send(dial, at: now) }
    }

    /// Nobody is dialled who is on the line already: it would be busy.
    private func checkLine(of request: DialCitizen) throws {
        guard self.isOnLine(request.number) else { return }
        switch request.kind ?? .brokenCall {
        case .brokenCall, .requested, .abandonedWait:
            if self.isServed(request.number) { throw Refusal("called-in", "Гражданин уже на линии.") }
            // A voice speaks to the citizen, or an operator rings one by hand. The 15 seconds wait for neither (C-01).
            if request.attemptID == CallbackIdentity.attempt(of: request.originalCallID, 1),
                request.kind ?? .brokenCall == .brokenCall
            {
                return
            }
        // What was promised, or is to be said, is another matter: a little later.
        case .deferredAnswer: throw Self.citizenOnLine(isPromised: true)
        default: break
        }
        throw Self.citizenOnLine(isPromised: false)
    }

    /// The citizen called in, or speaks with an operator who called.
    private func isServed(_ number: PhoneNumber) -> Bool {
        self.calls.values.contains {
            ($0.direction == .inbound || $0.answeredAt != nil) && $0.caller.number?.e164 == number.e164
        }
    }

    private func checkPace(of request: DialCitizen, at now: Date) throws {
        if let script = request.script {
            if let fault = script.fault { throw Refusal("script-invalid", "Этот текст нельзя произнести: \(fault).") }
            guard self.voiceLines < self.plan.voiceLines else {
                throw Self.noVoiceLineFree
            }
        } else if let until = request.waitsForOperatorUntil, until > now,
            let id = request.preferredOperatorID, self.operators[id]?.isFreeForOwn != true
        {
            throw Self.operatorAway
        } else if request.kind ?? .brokenCall != .brokenCall, !self.pace(of: request.placeAt ?? now).mayDial {
            throw Self.noOperatorFree
        }
    }

    /// Whether a citizen who has waited since `moment` may be called back now.
    private func pace(of moment: Date) -> DialPace {
        let queue = self.plan.firstQueue
        let staff = self.operators.values.filter { $0.isOnLine && $0.chosen == .ready && $0.suits(queue) }
        let place = self.place(since: moment)
        return DialPace(
            onLine: staff.count, free: staff.count(where: \.isFree),
            waitingBefore: self.calls.values.count {
                $0.state == .waiting && ($0.priority > .ordinary || ($0.place ?? $0.ordinal) <= place)
            },
            underWay: self.dials.values.count { $0.state == .sending && $0.script == nil },
            meanService: self.meanService, share: self.plan.callbackShare)
    }

    /// Behind whom stands who has waited since `moment`: the ordinal of a call, 0 for the very front.
    private func place(since moment: Date) -> Int64 {
        self.calls.values.filter { $0.receivedAt <= moment }.map(\.ordinal).max() ?? 0
    }

    /// The first attempt after a break, committed with it: the 15 seconds of C-01 depend on no other service. While the
    /// exchange is away it is planned and goes out when it is back.
    /// - Returns: when it was decided to send the order; nil when it is not sent yet, or never.
    mutating func callBack(after call: Call, at now: Date) -> Date? {
        guard let number = call.caller.number, self.plan.dialing.fault(of: number) == nil,
            self.mayDialMore(number, at: now), !self.isOnLine(number)
        else { return nil }
        let request = DialCitizen(
            attemptID: CallbackIdentity.attempt(of: call.id, 1), callbackID: CallbackIdentity.callback(of: call.id),
            number: number, preferredOperatorID: call.spokenOperatorID, originalCallID: call.id)
        let dial = Dial(request, state: .planned, dueAt: now)
        guard self.isConnected else {
            self.save(dial)
            return nil
        }
        if self.ringOperator(for: dial, at: now) { return nil }
        self.send(dial, at: now)
        return now
    }

    /// The citizen called in before anybody called back. What was promised is another matter: later, as another attempt.
    mutating func cancelPlanned(to number: PhoneNumber, at now: Date) {
        for var dial in self.dials.values.sorted(by: { $0.channel < $1.channel })
        where dial.state == .planned && dial.number.e164 == number.e164 {
            if dial.kind == .deferredAnswer {
                dial.startedAt = now
                self.finish(dial, .unknown, callID: nil, at: now)
            } else {
                dial.state = .cancelled
                dial.finishedAt = now
                self.save(dial)
            }
            self.giveUpOperator(for: dial.attemptID, at: now)
        }
    }

    mutating func dialIsDue(_ attempt: UUID, at now: Date) {
        // While the exchange is away nothing is dialled; when it is back, all that is due is.
        guard self.isConnected else { return }
        self.giveUpOperator(for: attempt, at: now)
        guard let dial = self.dials[attempt], dial.state == .planned else { return }
        self.send(dial, at: now)
    }

    /// What became due while the exchange was away.
    mutating func dialWhatIsDue(at now: Date) {
        let due = self.dials.values.filter { $0.state == .planned && $0.dueAt <= now }
        for dial in due.sorted(by: { ($0.dueAt, $0.channel) < ($1.dueAt, $1.channel) }) {
            self.dialIsDue(dial.attemptID, at: now)
        }
    }

    // Committed as sent before the command goes out: after a crash it is never sent again.
    mutating func send(_ dial: Dial, at now: Date) {
        var dial = dial
        dial.state = .sending
        dial.startedAt = now
        self.dialTimes.note(dial.number, at: now)
        self.save(dial)
        self.command(
            .dial(
                channel: dial.channel, number: dial.number,
                arguments: "callback,\(dial.attemptID.uuidString.lowercased())"), for: dial.attemptID)
    }

    /// The exchange has taken an order to dial: it answered it, or told of the channel. Whatever comes first counts.
    /// - Parameter orderedAt: when the order went out; nil when its answer is not there yet.
    mutating func dialTaken(_ channel: String, orderedAt: Date?, at moment: Date) {
        guard let attempt = Dial.attempt(ofChannel: channel), var dial = self.dials[attempt], dial.state == .sending,
            let decidedAt = dial.startedAt, dial.acceptedAt == nil || dial.orderedAt == nil && orderedAt != nil
        else { return }
        dial.orderedAt = dial.orderedAt ?? orderedAt
        dial.acceptedAt = min(dial.acceptedAt ?? moment, moment)
        self.save(dial)
        self.announce(
            DialStarted(
                attemptID: attempt, callbackID: dial.callbackID, startedAt: dial.orderedAt ?? decidedAt,
                acceptedAt: dial.acceptedAt, decidedAt: decidedAt))
    }

    /// The ceiling of calls that the line makes by itself: a number that pays its owner is not rung all night.
    private func mayDialMore(_ number: PhoneNumber, at now: Date) -> Bool {
        self.dialTimes.count(number, at: now) < self.plan.dailyDials
    }

    /// The office has picked up: the tones of the extension, as soon as its exchange listens (E-404).
    mutating func dialExtension(of call: Call) {
        guard let digits = call.caller.number?.extensionDigits else { return }
        self.command(.tones(channel: call.channel, digits: digits, pause: 1500), for: call.lane)
    }

    static func refusal(_ fault: DialingRules.Fault) -> Refusal {
        switch fault {
        case .notDialable:
            Refusal(
                fault.rawValue, "На этот номер центр не звонит: разрешены номера России без платных кодов.",
                field: "number")
        case .own: Refusal(fault.rawValue, "Это номер самого центра: укажите другой.", field: "number")
        }
    }

    mutating func noteDialStatus(_ status: String, channel: String, at now: Date) {
        guard let attempt = Dial.attempt(ofChannel: channel) else { return }
        self.dialTaken(channel, orderedAt: nil, at: now)
        self.noteLastStatus(status, of: attempt, at: now)
    }

    mutating func citizenAnswered(
        channel: String, attemptID: UUID, callID: UUID, isMachine: Bool, at now: Date
    ) {
        self.dialTaken(channel, orderedAt: nil, at: now)
        if self.joinOperator(channel, of: attemptID, isMachine: isMachine, at: now) { return }
        guard self.callOfChannel[channel] == nil, !self.endedChannels.contains(channel) else { return }
        guard let dial = self.dials[attemptID], dial.state == .sending, dial.channel == channel else {
            self.command(.hangUp(channel: channel), for: attemptID)
            return
        }
        if isMachine {
            self.finish(dial, .machine, callID: nil, at: now)
            return self.command(.hangUp(channel: channel), for: attemptID)
        }
        self.finish(dial, .answered, callID: callID, at: now)
        var call = Call(
            id: callID, channel: channel, caller: .known(dial.number), line: "callback", ordinal: self.takeOrdinal(),
            receivedAt: now, direction: .callback)
        call.callbackID = dial.callbackID
        call.originalCallID = dial.originalCallID
        call.preferredOperatorID = dial.preferredOperatorID
        if let script = dial.script {
            self.speak(script, of: dial, to: &call, at: now)
            return self.save(call)
        }
        if dial.kind == .brokenCall {
            call.priority = .callback
        } else {
            call.place = self.place(since: dial.placeAt ?? now)
        }
        self.dialExtension(of: call)
        self.enterQueue(&call, self.plan.firstQueue, at: now)
        // Who is calling, before an operator says so.
        if call.state == .waiting { self.say([Prompt.callbackGreeting], to: &call) }
        self.save(call)
    }

    mutating func finish(_ dial: Dial, _ outcome: DialOutcome, callID: UUID?, at now: Date) {
        var dial = dial
        let finishedAt = max(now, dial.startedAt ?? now)
        dial.state = .finished
        dial.outcome = outcome
        dial.finishedAt = finishedAt
        dial.callID = callID
        self.save(dial)
        self.announce(
            DialFinished(
                attemptID: dial.attemptID, callbackID: dial.callbackID, outcome: outcome,
                startedAt: dial.orderedAt ?? dial.startedAt, finishedAt: finishedAt, callID: callID,
                ringingAt: dial.ringingAt, acceptedAt: dial.acceptedAt))
    }
}
