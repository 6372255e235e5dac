import Foundation
import ServiceSupport
import Vocabulary

/// What call-intake is told; see the table of settings.
struct CallIntakeSettings {
    let common: CommonSettings
    /// `EXCHANGES_FILE`, or one exchange by `ARI_URL`, `ARI_USERNAME`, `ARI_PASSWORD` (or `ARI_PASSWORD_FILE`),
    /// `ARI_APPLICATION` (call-intake), `ARI_TRUNK_ENDPOINT`, `ARI_OPERATOR_ENDPOINT`, `ARI_TELEPHONES`
    /// (`TelephoneList`). `CITIZEN_RING_SECONDS` (30), `PROMPTS_FOLDER` (line122).
    let exchanges: [ExchangeAddress]
    /// `LINE_FILE`: queues, menu, limits. `DIAL_PREFIXES` (`DialingRules`): what is dialled. `OWN_NUMBERS`: never dialled.
    /// `DIAL_DAILY_LIMIT`, default 20: so often a number is dialled by the line itself within 24 hours.
    let plan: LinePlan
    /// `LINE_TIME_ZONE`, `LINE_HOURS` (09:00-18:00, or `always`), `LINE_CALENDAR_FILE`, `PRODUCTION_CALENDAR_FILE`; nil:
    /// operators answer always.
    let calendar: RegionCalendar?
    let recordings: RecordingSettings
    /// Nil: no exchange announces its calls over HTTP.
    let foreign: ForeignSettings?

    init(_ settings: Settings = Settings()) throws {
        self.common = try CommonSettings(settings, name: "call-intake")
        self.exchanges = try Self.exchanges(settings)
        var plan = try Self.plan(settings)
        plan.dialing = try settings.parse(
            "DIAL_PREFIXES", settings.text("DIAL_PREFIXES", default: DialingRules.standardPrefixes)
        ) { try DialingRules(parsing: $0) }
        plan.dialing.ownNumbers = Set(try settings.list("OWN_NUMBERS") { try PhoneNumber(parsing: $0) })
        plan.dailyDials = try settings.integer("DIAL_DAILY_LIMIT", default: plan.dailyDials, in: 5...1000)
        if let number = plan.emergency?.number, (try? plan.dialing.receiver(number)) == nil {
            throw SettingsError(
                "LINE_FILE", "LINE_FILE: emergency.number must be an emergency number or begin as DIAL_PREFIXES says.")
        }
        self.plan = plan
        self.calendar = try Self.calendar(settings)
        self.recordings = try RecordingSettings(settings)
        self.foreign = try ForeignSettings(settings, own: self.exchanges.map(\.name))
    }

    // MARK: Exchanges

    /// One entry of `EXCHANGES_FILE`.
    private struct Entry: Decodable {
        var name: String
        var url: String
        var username: String
        var passwordFile: String
        var application: String?
        var operatorEndpoint: String?
        var trunkEndpoint: String?
        var telephones: String?
    }

    private static func exchanges(_ settings: Settings) throws -> [ExchangeAddress] {
        let citizenRing = try settings.integer("CITIZEN_RING_SECONDS", default: 30, in: 5...120)
        let prompts = settings.text("PROMPTS_FOLDER", default: "line122")
        let file = settings.text("EXCHANGES_FILE", default: "")
        guard !file.isEmpty else {
            let entry = Entry(
                name: settings.text("ARI_EXCHANGE", default: "main"), url: try settings.text("ARI_URL"),
                username: try settings.text("ARI_USERNAME"), passwordFile: "",
                application: settings.text("ARI_APPLICATION", default: "call-intake"),
                operatorEndpoint: settings.text("ARI_OPERATOR_ENDPOINT", default: "PJSIP/{extension}"),
                trunkEndpoint: settings.text("ARI_TRUNK_ENDPOINT", default: "PJSIP/{number}@trunk122"),
                telephones: settings.optionalText("ARI_TELEPHONES"))
            return [
                try self.address(
                    entry, password: try settings.secret("ARI_PASSWORD"), citizenRing, prompts,
                    ("ARI_URL", "ARI_OPERATOR_ENDPOINT", "ARI_TRUNK_ENDPOINT", "ARI_TELEPHONES"))
            ]
        }
        let entries: [Entry]
        do {
            entries = try JSONDecoder().decode([Entry].self, from: Data(contentsOf: URL(fileURLWithPath: file)))
        } catch {
            throw SettingsError(
                "EXCHANGES_FILE",
                "EXCHANGES_FILE must name a JSON list of exchanges with name, url, username and passwordFile.")
        }
        let names = entries.map(\.name)
        guard !names.isEmpty, Set(names).count == names.count else {
            throw SettingsError("EXCHANGES_FILE", "EXCHANGES_FILE must name at least one exchange, and none twice.")
        }
        return try entries.map { entry in
            guard let password = try? String(contentsOfFile: entry.passwordFile, encoding: .utf8) else {
                throw SettingsError(
                    "EXCHANGES_FILE", "EXCHANGES_FILE: the passwordFile of \(entry.name) cannot be read.")
            }
            return try self.address(
                entry, password: password.trimmingCharacters(in: .whitespacesAndNewlines), citizenRing, prompts,
                ("EXCHANGES_FILE", "EXCHANGES_FILE", "EXCHANGES_FILE", "EXCHANGES_FILE"))
        }
    }

    private static func address(
        _ entry: Entry, password: String, _ citizenRing: Int, _ prompts: String,
        _ keys: (url: String, inside: String, trunk: String, telephones: String)
    ) throws -> ExchangeAddress {
        let inside = entry.operatorEndpoint ?? "PJSIP/{extension}"
        let trunk = entry.trunkEndpoint ?? "PJSIP/{number}@trunk122"
        guard !entry.name.isEmpty,
            entry.name.utf8.allSatisfy({ ($0 | 0x20 >= 97 && $0 | 0x20 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45 })
        else {
            throw SettingsError(keys.url, "\(keys.url): an exchange's name must be of Latin letters, digits and -.")
        }
        guard inside.contains("{extension}") else {
            throw SettingsError(keys.inside, "\(keys.inside) must contain {extension}, such as PJSIP/{extension}.")
        }
        guard trunk.contains("{number}") else {
            throw SettingsError(keys.trunk, "\(keys.trunk) must contain {number}, such as PJSIP/{number}@trunk122.")
        }
        guard let telephones = entry.telephones.map(TelephoneList.init(parsing:)) ?? .standard else {
            throw SettingsError(
                keys.telephones,
                "\(keys.telephones): telephones are ranges and names, separated by commas, such as 1000-1999,801,reception."
            )
        }
        guard
            var address = ExchangeAddress(
                name: entry.name, url: entry.url, username: entry.username, password: password,
                application: entry.application ?? "call-intake", operatorEndpoint: inside, trunkEndpoint: trunk,
                citizenRing: citizenRing, prompts: prompts)
        else { throw SettingsError(keys.url, "\(keys.url) must look like http://host:8088/ari.") }
        address.telephones = telephones
        return address
    }

    // MARK: Plan and hours

    private static func plan(_ settings: Settings) throws -> LinePlan {
        let file = settings.text("LINE_FILE", default: "")
        guard !file.isEmpty else { return .standard }
        do {
            return try JSONDecoder().decode(LinePlan.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
        } catch let error as DecodingError {
            throw SettingsError("LINE_FILE", "LINE_FILE cannot be used: \(error.sentence).")
        } catch {
            throw SettingsError("LINE_FILE", "LINE_FILE cannot be read.")
        }
    }

    private static func calendar(_ settings: Settings) throws -> RegionCalendar? {
        let hours = settings.text("LINE_HOURS", default: OpeningHours.standard.description)
        if hours == "always" { return nil }
        let zone = settings.text("LINE_TIME_ZONE", default: "Europe/Moscow")
        do {
            var calendar = RegionCalendar(
                timeZone: try RegionTimeZone(identifier: zone), hours: try OpeningHours(parsing: hours),
                production: try ProductionCalendar.bundled(with: settings.optionalText("PRODUCTION_CALENDAR_FILE")))
            let file = settings.text("LINE_CALENDAR_FILE", default: "")
            guard !file.isEmpty else { return calendar }
            let days = try JSONDecoder().decode([CalendarDate].self, from: Data(contentsOf: URL(fileURLWithPath: file)))
            calendar.regionalDaysOff = Set(days)
            return calendar
        } catch let error as InputError {
            throw error.field == .productionCalendar
                ? SettingsError("PRODUCTION_CALENDAR_FILE", "PRODUCTION_CALENDAR_FILE: \(error.hint)")
                : SettingsError("LINE_HOURS", "LINE_HOURS, LINE_TIME_ZONE or LINE_CALENDAR_FILE: \(error.hint)")
        } catch {
            throw SettingsError(
                "LINE_CALENDAR_FILE", "LINE_CALENDAR_FILE must name a JSON list of days, such as [\"2027-03-11\"].")
        }
    }
}

extension DecodingError {
    /// Which member is wrong, and how.
    fileprivate var sentence: String {
        let context: Context =
            switch self {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
                .dataCorrupted(let context):
                context
            @unknown default: Context(codingPath: [], debugDescription: "its form is unknown")
            }
        let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        return path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)"
    }
}
