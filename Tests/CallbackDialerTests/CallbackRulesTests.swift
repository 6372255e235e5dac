import Configuration
import Contracts
import Foundation
import Messaging
import ServiceSupport
import Testing
import Vocabulary

@testable import CallbackDialer

@Suite struct CallbackRulesTests {
    private let rules = CallbackScene.rules(hours: "09:00-21:00", own: ["88452411327"])
    /// Saturday 2026-11-21 at noon in Saratov (UTC+4).
    private let noon = Date(timeIntervalSince1970: 1_795_248_000)
    private let known = CallerNumber(raw: "+79990000001")

    private func arisen(
        _ kind: CallbackKind, _ caller: CallerNumber? = nil, at moment: Date? = nil, isListed: Bool = false
    ) -> CallbackRules.Decision {
        self.rules.arisen(kind, (caller ?? self.known).number, at: moment ?? self.noon, isListed: isListed)
    }

    // MARK: Broken calls

    @Test("C-01 The first dial is due at once, at any hour, and the limit is 15 seconds")
    func firstDial() {
        for hours in stride(from: 0.0, to: 24, by: 1) {
            let moment = self.noon.addingTimeInterval(hours * 3600)
            #expect(self.arisen(.brokenCall, at: moment) == .dial(attempt: 1, dueAt: moment))
        }
        #expect(CallbackRules.firstDialLimit == 15)
    }

    @Test(
        "C-01 Nobody is dialled whose number is hidden, malformed or no number to call back, and it is said why",
        arguments: [nil, "аноним", "112", "88095550001"])
    func notDialable(number: String?) {
        let decision = self.arisen(.brokenCall, CallerNumber(raw: number))
        #expect(decision == .finish(.withdrawn, reason: "number-not-dialable"))
    }

    @Test("C-01 The centre never calls itself")
    func ownNumber() {
        #expect(
            self.arisen(.brokenCall, CallerNumber(raw: "+78452411327"))
                == .finish(.withdrawn, reason: "own-number"))
    }

    @Test(
        "C-02 Whatever kept the citizen from answering, the next attempt follows after the spacing",
        arguments: DialOutcome.allCases.filter { $0 != .unknown })
    func nextAttempt(outcome: DialOutcome) {
        let next = self.noon.addingTimeInterval(30)
        #expect(
            self.rules.attempted(.brokenCall, 1, made: 1, outcome, at: self.noon, arisenAt: self.noon)
                == .dial(attempt: 2, dueAt: next))
        #expect(
            self.rules.attempted(.brokenCall, 2, made: 2, outcome, at: self.noon, arisenAt: self.noon)
                == .dial(attempt: 3, dueAt: next))
        #expect(
            self.rules.attempted(.brokenCall, 3, made: 3, outcome, at: self.noon, arisenAt: self.noon)
                == .finish(.exhausted, reason: nil))
    }

    @Test("C-01 After an outcome that nobody learned the next attempt follows at once, and it is none of the three")
    func unknownOutcome() {
        for number in 1...4 {
            #expect(
                self.rules.attempted(.brokenCall, number, made: 0, .unknown, at: self.noon, arisenAt: self.noon)
                    == .dial(attempt: number + 1, dueAt: self.noon))
        }
        // Two real attempts follow all the same.
        #expect(
            self.rules.attempted(.brokenCall, 6, made: 2, .busy, at: self.noon, arisenAt: self.noon)
                == .dial(attempt: 7, dueAt: self.noon.addingTimeInterval(30)))
        #expect(
            self.rules.attempted(.brokenCall, 7, made: 3, .busy, at: self.noon, arisenAt: self.noon)
                == .finish(.exhausted, reason: nil))
        // Other callbacks have time.
        #expect(
            self.rules.attempted(.requested, 1, made: 0, .unknown, at: self.noon, arisenAt: self.noon)
                == .dial(attempt: 2, dueAt: self.noon.addingTimeInterval(120)))
    }

    @Test("B-102 After five outcomes that nobody learned a person takes over", arguments: CallbackKind.allCases)
    func unknownCeiling(kind: CallbackKind) {
        let stopped = CallbackRules.Decision.finish(.withdrawn, reason: "outcome-unknown")
        // Also when known outcomes came in between.
        for (number, made) in [(5, 0), (6, 1), (7, 2), (40, 1)] {
            #expect(
                self.rules.attempted(kind, number, made: made, .unknown, at: self.noon, arisenAt: self.noon) == stopped)
        }
        let event = CallbackFinished(
            callbackID: UUID(), callID: UUID(), number: nil, operatorID: nil, state: .withdrawn,
            reason: "outcome-unknown", attempts: 5, finishedAt: self.noon, kind: kind)
        let told = self.rules.givingUp(event) as? CallbackFinished
        // Where a person was to speak, or somebody counts on the answer; a survey is nobody's task.
        let isTask = !kind.isSpoken || kind == .appealOutcome
        #expect(told?.opensTask == isTask && told?.isToldByMessage == false)
    }

    @Test("B-102 At night nobody is rung whose telephone may have rung before, but right after the break")
    func unknownAtNight() {
        let night = self.noon.addingTimeInterval(11 * 3600)
        let morning = self.noon.addingTimeInterval(21 * 3600)
        func next(_ kind: CallbackKind, after seconds: TimeInterval) -> CallbackRules.Decision {
            self.rules.attempted(
                kind, 2, made: 0, .unknown, at: night.addingTimeInterval(seconds), arisenAt: night)
        }
        #expect(next(.brokenCall, after: 20) == .dial(attempt: 3, dueAt: night.addingTimeInterval(20)))
        #expect(next(.brokenCall, after: 600) == .dial(attempt: 3, dueAt: morning))
        #expect(next(.brokenCall, after: 3 * 3600) == .dial(attempt: 3, dueAt: morning))
        #expect(next(.requested, after: 20) == .dial(attempt: 3, dueAt: morning))
    }

    @Test("A-12 C-01 No callback of any kind to a number that is not dialled, whoever called in with it")
    func foreign() throws {
        for text in ["+88216123456", "+375172000000", "+77010000001", "+78030000000"] {
            let caller = CallerNumber(raw: text)
            for kind in CallbackKind.allCases where kind != .survey && kind != .abandonedWait {
                #expect(self.arisen(kind, caller) == .finish(.withdrawn, reason: "number-not-dialable"))
            }
            #expect(self.arisen(.abandonedWait, caller) == .nothing && self.arisen(.survey, caller) == .nothing)
            #expect(
                self.refusal(try self.promise(at: self.noon.addingTimeInterval(3600), number: text))
                    == "number-not-dialable")
        }
        // What a region sets is dialled.
        let rules = try self.settings(["DIAL_PREFIXES": "+7,+375"]).rules
        let neighbour = try PhoneNumber(parsing: "+375172000000")
        #expect(rules.refusal(of: neighbour, .brokenCall, isListed: false) == nil)
        let wrong = #expect(throws: SettingsError.self) { try self.settings(["DIAL_PREFIXES": "everywhere"]) }
        #expect(wrong?.setting == "DIAL_PREFIXES")
    }

    @Test("A-12 B-102 What the line will not dial is a person's task where a person was to speak")
    func stopped() {
        func tasks(_ reason: String) -> [CallbackKind] {
            CallbackKind.allCases.filter { kind in
                let event = CallbackFinished(
                    callbackID: UUID(), callID: UUID(), number: nil, operatorID: nil, state: .withdrawn, reason: reason,
                    attempts: 0, finishedAt: self.noon, kind: kind)
                return (self.rules.givingUp(event) as? CallbackFinished)?.opensTask == true
            }
        }
        let people: [CallbackKind] = [.brokenCall, .requested, .abandonedWait, .deferredAnswer]
        #expect(tasks("daily-limit") == people + [.appealOutcome])
        // Nobody could do otherwise, or it is done.
        #expect(tasks("number-not-dialable") == [.deferredAnswer, .appealOutcome])
        #expect(tasks("called-in") == [.deferredAnswer, .appealOutcome])
    }

    @Test("E-404 No voice goes to a number with an extension; an operator calls it")
    func extensionNumber() throws {
        let office = try PhoneNumber(parsing: "+78452411328 доб. 12")
        for kind in CallbackKind.allCases {
            let reason = self.rules.refusal(of: office, kind, isListed: false)
            #expect(reason == (kind.isSpoken ? "number-has-extension" : nil))
        }
        #expect(
            self.rules.arisen(.appealOutcome, office, at: self.noon, isListed: false)
                == .finish(.withdrawn, reason: "number-has-extension"))
        #expect(self.rules.arisen(.survey, office, at: self.noon, isListed: false) == .nothing)
    }

    // MARK: Others

    @Test("C-07 Who asked to be called back is dialled at once in calling hours, else when they begin")
    func requested() {
        #expect(self.arisen(.requested) == .dial(attempt: 1, dueAt: self.noon))
        let night = self.noon.addingTimeInterval(10 * 3600)
        let morning = self.noon.addingTimeInterval(21 * 3600)
        #expect(self.arisen(.requested, at: night) == .dial(attempt: 1, dueAt: morning))
        // Spacing grows: 2 minutes, then 6.
        #expect(
            self.rules.attempted(.requested, 1, made: 1, .busy, at: self.noon, arisenAt: self.noon)
                == .dial(attempt: 2, dueAt: self.noon.addingTimeInterval(120)))
        #expect(
            self.rules.attempted(.requested, 2, made: 2, .busy, at: self.noon, arisenAt: self.noon)
                == .dial(attempt: 3, dueAt: self.noon.addingTimeInterval(360)))
        // An attempt that would fall into the night waits for the morning.
        let late = self.noon.addingTimeInterval(9 * 3600 - 60)
        #expect(
            self.rules.attempted(.requested, 1, made: 1, .noAnswer, at: late, arisenAt: self.noon)
                == .dial(attempt: 2, dueAt: morning))
    }

    @Test("C-07 Who gave up waiting is called a minute later, twice, and never after a refusal")
    func abandoned() {
        let due = self.noon.addingTimeInterval(60)
        #expect(self.arisen(.abandonedWait) == .dial(attempt: 1, dueAt: due))
        #expect(
            self.rules.attempted(.abandonedWait, 1, made: 1, .rejected, at: due, arisenAt: self.noon)
                == .finish(.exhausted, reason: nil))
        #expect(
            self.rules.attempted(.abandonedWait, 1, made: 1, .busy, at: due, arisenAt: self.noon)
                == .dial(attempt: 2, dueAt: due.addingTimeInterval(900)))
        #expect(
            self.rules.attempted(.abandonedWait, 2, made: 2, .busy, at: due, arisenAt: self.noon)
                == .finish(.exhausted, reason: nil))
        // With a hidden number nothing was asked for and nothing can be done.
        #expect(self.arisen(.abandonedWait, .hidden) == .nothing)
    }

    @Test("C-07 A rule may end with an outcome that nobody learned")
    func finalUnknown() {
        var rule = CallbackRule.standard(.abandonedWait)
        rule.final = [.unknown]
        let rules = CallbackRules(rules: [.abandonedWait: rule], hours: self.rules.hours)
        #expect(
            rules.attempted(.abandonedWait, 1, made: 0, .unknown, at: self.noon, arisenAt: self.noon)
                == .finish(.exhausted, reason: nil))
    }

    @Test("C-07 Only calls that the law demands or the citizen asked for go to a number on the do-not-call list")
    func doNotCall() {
        for kind in CallbackKind.allCases {
            let decision = self.arisen(kind, isListed: true)
            switch kind {
            case .abandonedWait, .survey:
                #expect(decision == .nothing)
                continue
            case .appointmentReminder:
                #expect(decision == .finish(.withdrawn, reason: "do-not-call"))
                continue
            default: break
            }
            if case .dial = decision {
            } else {
                Issue.record("\(kind) is not dialled")
            }
        }
        #expect(self.rules.refusal(of: self.known.number, .abandonedWait, isListed: true) == "do-not-call")
    }

    @Test("C-07 Which calls lead to which callbacks")
    func kinds() {
        func kind(_ outcome: CallOutcome, callback: UUID? = nil, isAnswered: Bool = true) -> CallbackKind? {
            CallbackRules.kind(
                of: CallEnded(
                    callID: UUID(), caller: self.known, outcome: outcome, cause: nil, operatorID: nil,
                    receivedAt: self.noon, answeredAt: isAnswered ? self.noon : nil, endedAt: self.noon,
                    callbackID: callback))
        }
        #expect(kind(.callerLineBroken) == .brokenCall && kind(.exchangeBroken) == .brokenCall)
        #expect(kind(.callbackRequested, isAnswered: false) == .requested)
        #expect(kind(.abandonedRinging, isAnswered: false) == .abandonedWait)
        #expect(kind(.abandonedInMenu, isAnswered: false) == nil && kind(.shortDrop, isAnswered: false) == nil)
        #expect(kind(.completedByCaller) == nil && kind(.messageLeft, isAnswered: false) == nil)
        // A callback that broke in conversation is a broken call; one that was never joined goes on by itself.
        #expect(kind(.callerLineBroken, callback: UUID()) == .brokenCall)
        #expect(kind(.abandonedInQueue, callback: UUID(), isAnswered: false) == nil)
        #expect(kind(.exchangeBroken, callback: UUID(), isAnswered: false) == nil)
    }

    // MARK: Promises

    private func promise(
        at moment: Date, number: String = "+79990000001", attempts: Int? = nil, instruction: String? = nil
    ) throws -> ScheduleCallback {
        ScheduleCallback(
            callbackID: UUID(), callID: UUID(), number: try PhoneNumber(parsing: number), at: moment,
            operatorID: "operator1", isPersonal: true, attempts: attempts, instruction: instruction)
    }

    private func refusal(_ request: ScheduleCallback) -> String? {
        do {
            try self.rules.check(request, at: self.noon, isListed: false)
            return nil
        } catch {
            return (error as? Refusal)?.errorID
        }
    }

    @Test("C-04 A promise in the past, too far, at night or to a number that is not dialled is refused, saying why")
    func promises() throws {
        let hour = self.noon.addingTimeInterval(3600)
        #expect(self.refusal(try self.promise(at: hour)) == nil)
        #expect(self.refusal(try self.promise(at: self.noon.addingTimeInterval(-3600))) == "past")
        #expect(self.refusal(try self.promise(at: self.noon.addingTimeInterval(91 * 86_400))) == "too-far")
        #expect(self.refusal(try self.promise(at: self.noon.addingTimeInterval(12 * 3600))) == "outside-calling-hours")
        #expect(self.refusal(try self.promise(at: hour, number: "112")) == "number-not-dialable")
        #expect(self.refusal(try self.promise(at: hour, number: "88452411327")) == "own-number")
    }

    @Test("C-02 Fewer than two attempts need the instruction that allows it")
    func fewAttempts() throws {
        let hour = self.noon.addingTimeInterval(3600)
        #expect(self.refusal(try self.promise(at: hour, attempts: 1)) == "instruction-missing")
        #expect(self.refusal(try self.promise(at: hour, attempts: 1, instruction: " ")) == "instruction-missing")
        #expect(self.refusal(try self.promise(at: hour, attempts: 1, instruction: "Распоряжение 12")) == nil)
        #expect(self.refusal(try self.promise(at: hour, attempts: 2)) == nil)
        #expect(self.refusal(try self.promise(at: hour, attempts: 21)) == "attempts-out-of-range")
        #expect(
            self.rules.attempted(.deferredAnswer, 1, made: 1, .busy, at: self.noon, arisenAt: self.noon, allowed: 1)
                == .finish(.exhausted, reason: nil))
    }

    // MARK: Hours

    @Test("C-04 Calling hours follow the clock of the region, also over a change to summer time")
    func summerTime() throws {
        let berlin = CallingHours(
            try OpeningHours(parsing: "09:00-21:00"), days: .all, in: try RegionTimeZone(identifier: "Europe/Berlin"),
            production: try ProductionCalendar.bundled())
        // 2027-03-27 23:00 CET; the clocks go forward at 02:00, so that 09:00 comes after 9 hours.
        let night = Date(timeIntervalSince1970: 1_806_184_800)
        #expect(berlin.opening(onOrAfter: night).timeIntervalSince(night) == 9 * 3600)
        // A day earlier it took 10.
        let before = night.addingTimeInterval(-86_400)
        #expect(berlin.opening(onOrAfter: before).timeIntervalSince(before) == 10 * 3600)
    }

    @Test("C-04 Where only working days count, Saturday evening waits for Monday")
    func workingDays() throws {
        let hours = CallingHours(
            try OpeningHours(parsing: "09:00-21:00"), days: .working,
            in: try RegionTimeZone(identifier: "Europe/Saratov"), production: try ProductionCalendar.bundled())
        #expect(!hours.contains(self.noon))
        #expect(hours.opening(onOrAfter: self.noon).timeIntervalSince(self.noon) == (12 + 24 + 9) * 3600)
    }

    // MARK: Settings

    private func settings(_ values: [String: String]) throws -> CallbackDialerSettings {
        var keyed: [AbsoluteConfigKey: ConfigValue] = [:]
        for (name, value) in values {
            let parts = name.lowercased().split(separator: "_").map(String.init)
            keyed[AbsoluteConfigKey(parts)] = .init(.string(value), isSecret: false)
        }
        return try CallbackDialerSettings(Settings(ConfigReader(provider: InMemoryProvider(values: keyed))))
    }

    private func file(_ text: String) throws -> String {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("rules-\(UUID().uuidString).json")
        try Data(text.utf8).write(to: url)
        return url.path
    }

    @Test("C-02 Settings with fewer than two attempts are refused", arguments: ["1", "0", "-3", "два", "21"])
    func settingsRefused(attempts: String) {
        let error = #expect(throws: SettingsError.self) { try self.settings(["CALLBACK_ATTEMPTS": attempts]) }
        #expect(error?.setting == "CALLBACK_ATTEMPTS")
    }

    @Test("C-02 Two attempts are allowed, three are the default")
    func settingsTaken() throws {
        #expect(try self.settings(["CALLBACK_ATTEMPTS": "2"]).rules.rule(.brokenCall).attempts == 2)
        #expect(try self.settings([:]).rules.rule(.brokenCall).attempts == 3)
        #expect(try self.settings([:]).rules.rule(.brokenCall).spacing == Spacing(30))
        let own = try self.settings(["OWN_NUMBERS": "122, 8 (8452) 41-13-27"]).rules.dialing.ownNumbers
        #expect(own.map(\.e164).sorted() == ["+78452411327", "122"])
    }

    @Test("C-07 A file changes what it names; what contradicts a demand is refused with its name")
    func rulesFile() throws {
        let path = try self.file(
            #"{"abandonedWait": {"attempts": 4, "isOff": true}, "requested": {"spacing": {"first": 60}}}"#)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let rules = try self.settings(["CALLBACK_RULES_FILE": path]).rules
        #expect(rules.rule(.abandonedWait).attempts == 4 && rules.rule(.abandonedWait).spacing == Spacing(900))
        #expect(rules.arisen(.abandonedWait, self.known.number, at: self.noon, isListed: false) == .nothing)
        #expect(rules.rule(.requested).spacing == Spacing(60) && rules.rule(.requested).attempts == 3)
        for text in [
            #"{"brokenCall": {"attempts": 1}}"#, #"{"brokenCall": {"delay": 20}}"#, #"{"brokenCall": {"isOff": true}}"#,
            #"{"requested": {"attempts": 0}}"#, #"{"someday": {}}"#, "{",
        ] {
            let wrong = try self.file(text)
            defer { try? FileManager.default.removeItem(atPath: wrong) }
            let error = #expect(throws: SettingsError.self) {
                try self.settings(
                    ["CALLBACK_RULES_FILE": wrong, "CALLBACK_ATTEMPTS": "1"].filter { $0.key != "CALLBACK_ATTEMPTS" })
            }
            #expect(error?.setting.hasPrefix("CALLBACK_") == true)
        }
    }
}
