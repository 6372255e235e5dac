import Configuration
import Contracts
import Foundation
import ServiceSupport
import Testing
import Vocabulary

@testable import CallbackDialer

@Suite struct CallbackRulesTests {
    private let rules = CallbackRules(maximumAttempts: 3, spacing: 30)
    private let moment = Date(timeIntervalSince1970: 1_795_230_000)

    @Test("C-01 The first dial is due at once, and the limit is 15 seconds")
    func firstDial() {
        let decision = self.rules.broken(CallerNumber(raw: "+79990000001"), at: self.moment)
        #expect(decision == .dial(attempt: 1, dueAt: self.moment))
        #expect(CallbackRules.firstDialLimit == 15)
    }

    @Test(
        "C-01 Nobody is dialled whose number is hidden, malformed or no number to call back",
        arguments: [nil, "аноним", "112", "88095550001"])
    func notDialable(number: String?) {
        let decision = self.rules.broken(CallerNumber(raw: number), at: self.moment)
        #expect(decision == .finish(.withdrawn, reason: "number-not-dialable"))
    }

    @Test(
        "C-02 Whatever kept the citizen from answering, the next attempt follows after the spacing",
        arguments: DialOutcome.allCases.filter { $0 != .answered })
    func nextAttempt(outcome: DialOutcome) {
        let next = self.moment.addingTimeInterval(30)
        #expect(self.rules.attempted(1, outcome, at: self.moment) == .dial(attempt: 2, dueAt: next))
        #expect(self.rules.attempted(2, outcome, at: self.moment) == .dial(attempt: 3, dueAt: next))
        #expect(self.rules.attempted(3, outcome, at: self.moment) == .finish(.exhausted, reason: nil))
    }

    @Test("C-02 An answer ends the callback at any attempt")
    func answered() {
        for attempt in 1...3 {
            #expect(self.rules.attempted(attempt, .answered, at: self.moment) == .finish(.reached, reason: nil))
        }
    }

    @Test("C-02 Rules made with fewer than two attempts still make two")
    func atLeastTwo() {
        let hasty = CallbackRules(maximumAttempts: 1, spacing: 1)
        #expect(
            hasty.attempted(1, .busy, at: self.moment)
                == .dial(attempt: 2, dueAt: self.moment.addingTimeInterval(1)))
        #expect(hasty.attempted(2, .busy, at: self.moment) == .finish(.exhausted, reason: nil))
    }

    private func settings(_ attempts: String?) throws -> CallbackDialerSettings {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        if let attempts { values["callback.attempts"] = .init(.string(attempts), isSecret: false) }
        return try CallbackDialerSettings(Settings(ConfigReader(provider: InMemoryProvider(values: values))))
    }

    @Test("C-02 Settings with fewer than two attempts are refused", arguments: ["1", "0", "-3", "два", "21"])
    func settingsRefused(attempts: String) {
        let error = #expect(throws: SettingsError.self) { try self.settings(attempts) }
        #expect(error?.setting == "CALLBACK_ATTEMPTS")
    }

    @Test("C-02 Two attempts are allowed, three are the default")
    func settingsTaken() throws {
        #expect(try self.settings("2").rules.maximumAttempts == 2)
        #expect(try self.settings(nil).rules.maximumAttempts == 3)
        #expect(try self.settings(nil).rules.spacing == 30)
    }
}
