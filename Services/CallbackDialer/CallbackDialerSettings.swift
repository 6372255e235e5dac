import Contracts
import Foundation
import ServiceSupport
import Vocabulary

/// What the callback dialer is told besides `CommonSettings`.
struct CallbackDialerSettings: Sendable {
    /// `CALLBACK_ATTEMPTS`, default 3: dials in all after a break; fewer than 2 are refused (C-02).
    /// `CALLBACK_SPACING_SECONDS`, default 30: from the end of an attempt after a break to the next.
    /// `CALLBACK_ABANDONED_DELAY_SECONDS`, default 60: from the end of a wait that a caller gave up to the first dial.
    /// `REMINDER_LEAD_HOURS`, default 24: how long before a visit a voice reminds of it. `REMINDER_DELAY_SECONDS`, default
    /// 21600: no sooner after the booking. `SURVEY_DELAY_SECONDS`, default 3600: from the closing of a card to the survey.
    /// `SURVEY_PAUSE_DAYS`, default 30: nobody is surveyed again so soon. `SURVEY_FILE`: JSON, the questions of a survey.
    /// `CALLBACK_RULES_FILE`: JSON, the rules of each kind (ops/callbacks.md).
    /// `CALLBACK_HOURS` (09:00-21:00), `CALLBACK_DAYS` (`all` or `working`), `LINE_TIME_ZONE`: when citizens are called,
    /// broken calls excepted. `DIAL_PREFIXES` (`DialingRules`): which numbers are dialled. `OWN_NUMBERS`: the centre's own,
    /// separated by commas.
    let rules: CallbackRules
    /// By whose clock visits are named.
    let zone: RegionTimeZone

    init(_ settings: Settings) throws {
        var rules = try Self.file(settings)
        rules[.brokenCall, default: .standard(.brokenCall)].attempts = try settings.integer(
            "CALLBACK_ATTEMPTS", default: rules[.brokenCall]?.attempts ?? 3, in: CallbackRules.minimumAttempts...20)
        if settings.optionalText("CALLBACK_SPACING_SECONDS") != nil {
            rules[.brokenCall]?.spacing = Spacing(
                Double(try settings.integer("CALLBACK_SPACING_SECONDS", default: 30, in: 1...3600)))
        }
        let delays: [(String, CallbackKind)] = [
            ("CALLBACK_ABANDONED_DELAY_SECONDS", .abandonedWait), ("REMINDER_DELAY_SECONDS", .appointmentReminder),
            ("SURVEY_DELAY_SECONDS", .survey),
        ]
        for (name, kind) in delays where settings.optionalText(name) != nil {
            rules[kind, default: .standard(kind)].delay = Double(
                try settings.integer(name, default: 60, in: 0...86_400))
        }
        for (kind, rule) in rules {
            if let fault = rule.fault(kind) {
                throw SettingsError("CALLBACK_RULES_FILE", "CALLBACK_RULES_FILE: \(fault).")
            }
        }
        var callbacks = CallbackRules(rules: rules, hours: try Self.hours(settings))
        callbacks.dialing = try settings.parse(
            "DIAL_PREFIXES", settings.text("DIAL_PREFIXES", default: DialingRules.standardPrefixes)
        ) { try DialingRules(parsing: $0) }
        callbacks.dialing.ownNumbers = Set(try settings.list("OWN_NUMBERS") { try PhoneNumber(parsing: $0) })
        callbacks.reminderLead = Double(try settings.integer("REMINDER_LEAD_HOURS", default: 24, in: 3...720)) * 3600
        callbacks.surveyPause = Double(try settings.integer("SURVEY_PAUSE_DAYS", default: 30, in: 0...365)) * 86_400
        callbacks.questionnaire = try Self.questionnaire(settings)
        self.rules = callbacks
        self.zone = try Self.zone(settings)
    }

    private static func questionnaire(_ settings: Settings) throws -> Questionnaire {
        let path = settings.text("SURVEY_FILE", default: "")
        guard !path.isEmpty else { return .standard }
        let questionnaire: Questionnaire
        do {
            questionnaire = try JSONDecoder().decode(
                Questionnaire.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw SettingsError("SURVEY_FILE", "SURVEY_FILE must name a JSON file as ops/callbacks.md describes it.")
        }
        if let fault = questionnaire.fault { throw SettingsError("SURVEY_FILE", "SURVEY_FILE: \(fault).") }
        return questionnaire
    }

    private static func zone(_ settings: Settings) throws -> RegionTimeZone {
        try settings.parse("LINE_TIME_ZONE", settings.text("LINE_TIME_ZONE", default: "Europe/Moscow")) {
            try RegionTimeZone(identifier: $0)
        }
    }

    private static func file(_ settings: Settings) throws -> [CallbackKind: CallbackRule] {
        let path = settings.text("CALLBACK_RULES_FILE", default: "")
        var rules = Dictionary(uniqueKeysWithValues: CallbackKind.allCases.map { ($0, CallbackRule.standard($0)) })
        guard !path.isEmpty else { return rules }
        let named: [String: CallbackRule]
        do {
            named = try JSONDecoder().decode(
                [String: CallbackRule].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw SettingsError(
                "CALLBACK_RULES_FILE", "CALLBACK_RULES_FILE must name a JSON file as ops/callbacks.md describes it.")
        }
        for (name, rule) in named {
            guard let kind = CallbackKind(rawValue: name) else {
                let kinds = CallbackKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw SettingsError(
                    "CALLBACK_RULES_FILE", "CALLBACK_RULES_FILE names a kind that is none of: \(kinds).")
            }
            rules[kind] = rule
        }
        return rules
    }

    private static func hours(_ settings: Settings) throws -> CallingHours {
        let hours = try settings.parse("CALLBACK_HOURS", settings.text("CALLBACK_HOURS", default: "09:00-21:00")) {
            try OpeningHours(parsing: $0)
        }
        let zone = try Self.zone(settings)
        guard let days = CallingHours.Days(rawValue: settings.text("CALLBACK_DAYS", default: "all")) else {
            throw SettingsError("CALLBACK_DAYS", "CALLBACK_DAYS must be all or working.")
        }
        let file = settings.text("PRODUCTION_CALENDAR_FILE", default: "")
        let production = try settings.parse("PRODUCTION_CALENDAR_FILE", file) {
            try ProductionCalendar.bundled(with: $0)
        }
        return CallingHours(hours, days: days, in: zone, production: production)
    }
}
