import Contracts
import Foundation
import Messaging
import Vocabulary

/// What becomes of a callback. Values, no I/O.
struct CallbackRules: Sendable {
    /// C-01: the first dial starts at most this long after the break. May be shortened, never lengthened.
    static let firstDialLimit: TimeInterval = 15
    /// C-02: at least two attempts if the first fails.
    static let minimumAttempts = 2
    /// So many attempts whose outcome nobody learned, and the citizen is a person's task: more would ring a telephone that
    /// perhaps rang each time.
    static let unknownLimit = 5
    /// Seconds after a break within which the citizen is dialled at any hour when nobody knows whether it rang; later than
    /// that only in calling hours.
    static let freshBreak: TimeInterval = 600
    /// Signs of the instruction that allows fewer attempts.
    static let longestInstruction = 1000
    /// How far ahead an answer is promised, in seconds.
    static let furthest: TimeInterval = 90 * 86_400

    let rules: [CallbackKind: CallbackRule]
    let hours: CallingHours
    /// Which numbers are dialled at all.
    var dialing = DialingRules.standard
    /// Nobody is dialled so shortly before the end of what the call is about: it takes that long to ring and to speak.
    static let talk: TimeInterval = 90
    /// A reminder comes no later than this long before the visit, in seconds.
    static let shortestNotice: TimeInterval = 2 * 3600
    /// How long before the visit the reminder comes, in seconds.
    var reminderLead: TimeInterval = 24 * 3600
    var questionnaire = Questionnaire.standard
    /// A number is not surveyed again for so long, in seconds.
    var surveyPause: TimeInterval = 30 * 86_400

    enum Decision: Equatable {
        case dial(attempt: Int, dueAt: Date)
        case finish(CallbackState, reason: String?)
        /// There is nothing to call back for.
        case nothing
    }

    func rule(_ kind: CallbackKind) -> CallbackRule { self.rules[kind] ?? .standard(kind) }

    /// When the reason to call back arose: the break by the exchange's own event, else the end of the call.
    static func moment(of call: CallEnded) -> Date { min(call.brokenAt ?? call.endedAt, call.endedAt) }

    /// What a call that is over leads to; nil when nobody is called back.
    static func kind(of call: CallEnded) -> CallbackKind? {
        switch call.outcome {
        // A citizen whom a callback reached and who hung up before an operator was there belongs to that callback.
        case _ where call.callbackID != nil && call.answeredAt == nil: nil
        case .spokenTo: nil
        case let outcome? where outcome.isBroken: .brokenCall
        case .callbackRequested: .requested
        case .abandonedInQueue, .abandonedRinging: call.callbackID == nil ? .abandonedWait : nil
        default: nil
        }
    }

    /// A reason to call back arose.
    /// - Parameters:
    ///   - isListed: the number is on the do-not-call list.
    ///   - earliest: no dial before.
    ///   - until: no dial after.
    func arisen(
        _ kind: CallbackKind, _ number: PhoneNumber?, at moment: Date, isListed: Bool, earliest: Date = .distantPast,
        until: Date? = nil
    ) -> Decision {
        let rule = self.rule(kind)
        guard !rule.isOff else { return .nothing }
        if let reason = self.refusal(of: number, kind, isListed: isListed) {
            // Who gave up waiting with a hidden number asked for nothing, nor who may be surveyed.
            return kind == .abandonedWait || kind == .survey ? .nothing : .finish(.withdrawn, reason: reason)
        }
        let due = self.moment(max(earliest, moment.addingTimeInterval(rule.delay)), rule)
        // Too late already: a visit that was booked for the same day needs no reminder.
        guard Self.isInTime(due, until) else { return .nothing }
        return .dial(attempt: 1, dueAt: due)
    }

    /// A reminder is due the day before, and not right after the visit was booked. Where nobody may be called then, it
    /// comes days earlier; where that is too early, the citizen is written to.
    func reminder(_ visit: Visit, _ number: PhoneNumber?, at moment: Date, isListed: Bool) -> Decision {
        let ready = moment.addingTimeInterval(self.rule(.appointmentReminder).delay)
        let until = Self.lastReminder(visit)
        let usual = max(ready, visit.startsAt.addingTimeInterval(-self.reminderLead))
        func decision(_ earliest: Date) -> Decision {
            self.arisen(
                .appointmentReminder, number, at: moment, isListed: isListed, earliest: earliest, until: until)
        }
        // Longer than all days off in a row.
        for days in 0...14 {
            let earliest = max(ready, usual.addingTimeInterval(-86_400 * Double(days)))
            let found = decision(earliest)
            if found != .nothing { return found }
            if earliest == ready { break }
        }
        let isWanted = !self.rule(.appointmentReminder).isOff && Self.isInTime(ready, until)
        return isWanted ? .finish(.exhausted, reason: nil) : .nothing
    }

    static func lastReminder(_ visit: Visit) -> Date { visit.startsAt.addingTimeInterval(-self.shortestNotice) }

    private static func isInTime(_ due: Date, _ until: Date?) -> Bool {
        until.map { due.addingTimeInterval(self.talk) <= $0 } ?? true
    }

    /// - Throws: `Refusal`; see `OfferVisit`.
    func check(_ request: OfferVisit, at now: Date) throws {
        guard !self.rule(.waitingListOffer).isOff else {
            throw Refusal("off", "Голосовые предложения записи выключены в настройках.")
        }
        switch self.refusal(of: request.number, .waitingListOffer, isListed: false) {
        case Self.hasExtension?: throw Self.noVoice
        case let reason?: throw Refusal(reason, "По этому номеру нельзя позвонить: укажите другой.", field: "number")
        case nil: break
        }
        guard Self.isInTime(now, request.until) else {
            throw Refusal("past", "Время удержания уже истекает: предложите запись следующему.")
        }
        guard request.until <= now.addingTimeInterval(3600) else {
            throw Refusal("too-long", "Запись можно удерживать не больше часа.")
        }
    }

    /// An attempt of an open callback is over and brought nobody to an operator.
    /// - Parameters:
    ///   - number: of the attempt, from 1.
    ///   - made: attempts so far whose outcome is known; of the others nobody learned it.
    ///   - arisenAt: when the reason arose, such as the break.
    ///   - allowed: attempts in all, when this callback has a number of its own.
    ///   - until: no dial after.
    func attempted(
        _ kind: CallbackKind, _ number: Int, made: Int, _ outcome: DialOutcome, at moment: Date, arisenAt: Date,
        allowed: Int? = nil, until: Date? = nil
    ) -> Decision {
        let decision =
            outcome == .unknown && !self.rule(kind).final.contains(.unknown)
            ? self.unheard(kind, number, made: made, at: moment, arisenAt: arisenAt)
            : self.next(kind, number, made: made, outcome, at: moment, allowed: allowed)
        if case .dial(_, let due) = decision, !Self.isInTime(due, until) { return .finish(.exhausted, reason: nil) }
        return decision
    }

    private func next(
        _ kind: CallbackKind, _ number: Int, made: Int, _ outcome: DialOutcome, at moment: Date, allowed: Int?
    ) -> Decision {
        let rule = self.rule(kind)
        guard made < allowed ?? rule.attempts, !rule.final.contains(outcome) else {
            return .finish(.exhausted, reason: nil)
        }
        let next = moment.addingTimeInterval(rule.spacing.after(made))
        return .dial(attempt: number + 1, dueAt: self.moment(next, rule))
    }

    /// Perhaps nothing rang at all: it counts as none of the attempts (C-02), and after a break the 15 seconds run (C-01).
    /// Perhaps the telephone rang each time: a person takes over after some, and nobody is woken.
    private func unheard(
        _ kind: CallbackKind, _ number: Int, made: Int, at moment: Date, arisenAt: Date
    ) -> Decision {
        guard number - made < Self.unknownLimit else { return .finish(.withdrawn, reason: Self.outcomeUnknown) }
        if kind == .brokenCall, moment < arisenAt.addingTimeInterval(Self.freshBreak) {
            return .dial(attempt: number + 1, dueAt: moment)
        }
        let next = moment.addingTimeInterval(self.rule(kind).spacing.after(number))
        return .dial(attempt: number + 1, dueAt: self.hours.opening(onOrAfter: next))
    }

    // MARK: Reasons of withdrawals

    static let outcomeUnknown = "outcome-unknown"
    static let hasExtension = "number-has-extension"

    /// Reasons after which nobody owes the citizen anything, or nobody could pay it.
    private static let settled: Set<String> = [
        "called-in", "served", "cancelled", "do-not-call", "number-not-dialable", "own-number", "booking-cancelled",
        "expired", "outcome-changed",
    ]

    private static var noVoice: Refusal {
        Refusal(
            Self.hasExtension, "У номера добавочный: голосовой звонок до человека не дойдёт. Позвоните сами.",
            field: "number")
    }

    /// What others do about a callback that ended with nobody reached: the give-up action of its rule. A number that
    /// can never be dialled gets no message, but whoever owes the answer has a task. What the exchange or a ceiling kept
    /// from being dialled is a person's task where a person was to speak.
    func givingUp(_ event: any Event) -> any Event {
        guard var event = event as? CallbackFinished, let kind = event.kind, event.state != .open else { return event }
        let giveUp = self.rule(kind).giveUp
        let isStopped = event.state == .withdrawn && !Self.settled.contains(event.reason ?? "")
        event.isToldByMessage = event.state == .exhausted && giveUp == .message
        event.opensTask = giveUp == .task || isStopped && !kind.isSpoken
        return event
    }

    /// Why a number is not dialled; nil when it is.
    func refusal(of number: PhoneNumber?, _ kind: CallbackKind, isListed: Bool) -> String? {
        if let fault = self.dialing.fault(of: number) { return fault.rawValue }
        // A voice would speak to whoever, or whatever, picks up at the office.
        if kind.isSpoken, number?.extensionDigits != nil { return Self.hasExtension }
        return isListed && !self.rule(kind).isDuty ? "do-not-call" : nil
    }

    /// An operator promises to call.
    /// - Throws: `Refusal`; see `ScheduleCallback`.
    func check(_ request: ScheduleCallback, at now: Date, isListed: Bool) throws {
        switch self.refusal(of: request.number, .deferredAnswer, isListed: isListed) {
        case "own-number"?:
            throw Refusal("own-number", "Это номер самого центра: укажите номер гражданина.", field: "number")
        case let reason?:
            throw Refusal(reason, "По этому номеру нельзя перезвонить: укажите другой.", field: "number")
        case nil: break
        }
        guard request.at > now.addingTimeInterval(-60) else {
            throw Refusal("past", "Это время уже прошло: выберите другое.")
        }
        guard request.at < now.addingTimeInterval(Self.furthest) else {
            throw Refusal("too-far", "Обещать звонок можно не больше чем на 90 дней вперёд.")
        }
        guard self.hours.contains(request.at) else {
            throw Refusal(
                "outside-calling-hours", "В это время гражданам не звонят: выберите время \(self.hours.description).")
        }
        guard (request.instruction ?? "").count <= Self.longestInstruction else {
            throw Refusal(
                "field-invalid", "Инструкция длиннее \(Self.longestInstruction) знаков: сократите её.",
                field: "instruction")
        }
        guard let attempts = request.attempts else { return }
        guard (1...20).contains(attempts) else {
            throw Refusal("attempts-out-of-range", "Попыток может быть от 1 до 20.")
        }
        guard attempts >= Self.minimumAttempts || !TypedText.isWordless(request.instruction ?? "") else {
            throw Refusal("instruction-missing", "Меньше двух попыток можно только по инструкции: укажите какой.")
        }
    }

    private func moment(_ moment: Date, _ rule: CallbackRule) -> Date {
        rule.keepsHours ? self.hours.opening(onOrAfter: moment) : moment
    }
}
