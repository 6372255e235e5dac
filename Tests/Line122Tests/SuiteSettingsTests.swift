import ArgumentParser
import Foundation
import Testing

@testable import Line122

/// What the services of `line122 up` are told.
struct SuiteSettingsTests {
    private static func commands(
        _ words: [String], caller: [String: String] = [:]
    ) throws -> SuiteCommands {
        let up = try Up.parse(words)
        let home = SuiteHome(path: "/tmp/line122-settings-\(UUID().uuidString)")
        var random = SystemRandomNumberGenerator()
        return SuiteCommands(
            home: home, ports: try PortReservation(known: nil, used: [], desk: nil, random: &random),
            secrets: SecretStore(folder: home.secrets), outside: up.outside(caller),
            shape: SuiteShape(exchanges: up.exchanges, replicas: up.replicas), caller: caller,
            executables: URL(fileURLWithPath: "/nowhere"))
    }

    private static func settings(
        of service: SuiteService, _ words: [String], caller: [String: String] = [:]
    ) throws -> [String: String] {
        let commands = try Self.commands(words, caller: caller)
        let instance = try #require(commands.shape.instances.first { $0.service == service })
        return commands.command(of: instance).environment
    }

    private static let training = [
        "LINE_HOURS", "CALLBACK_HOURS", "CALLBACK_ABANDONED_DELAY_SECONDS", "REMINDER_LEAD_HOURS",
        "REMINDER_DELAY_SECONDS", "SURVEY_DELAY_SECONDS", "SURVEY_PAUSE_DAYS", "REGION_CODE", "LINE_TIME_ZONE",
    ]

    @Test(
        "G-601 With a real exchange or МИС no service is in a hurry, calls at night or has a password for all",
        arguments: [
            (["--exchange", "http://pbx:8088/ari"], [:]), (["--mis", "https://mis/HubService.svc"], [:]),
            (["--exchange", "http://pbx:8088/ari", "--mis", "https://mis/HubService.svc"], [:]),
            // Listed in a file they are as real.
            ([], ["EXCHANGES_FILE": "/etc/line122/exchanges.json"]),
        ] as [([String], [String: String])])
    func realDefaultsHold(words: [String], caller: [String: String]) throws {
        for service in SuiteService.allCases {
            let settings = try Self.settings(of: service, words, caller: caller)
            for name in Self.training { #expect(settings[name] == nil, "\(service.rawValue) \(name)") }
            #expect(settings["DEMO_PASSWORD"] == nil && settings["DEMO_PASSWORD_FILE"] == nil)
        }
    }

    @Test("G-601 The stand alone is always open and in a hurry, unless the caller says otherwise")
    func theStandIsInAHurry() throws {
        let dialer = try Self.settings(of: .callbackDialer, [])
        for name in Self.training { #expect(dialer[name] == SuiteCommands.training[name]) }
        #expect(Set(SuiteCommands.training.keys) == Set(Self.training))
        let told = try Self.settings(of: .callIntake, [], caller: ["LINE_HOURS": "08:00-20:00"])
        #expect(told["LINE_HOURS"] == "08:00-20:00")
        let desk = try Self.settings(of: .operatorDesk, [], caller: ["ARI_URL": "http://left-over/ari"])
        #expect(desk["DEMO_PASSWORD_FILE"]?.hasSuffix("demo-password") == true)
        #expect(desk["ARI_URL"] == nil)
    }

    @Test("G-601 The caller's own settings reach the services of a real centre")
    func whatACentreSetsHolds() throws {
        let caller = ["REGION_CODE": "30", "LINE_TIME_ZONE": "Europe/Astrakhan", "DEMO_PASSWORD": "abc"]
        let desk = try Self.settings(of: .operatorDesk, ["--exchange", "http://pbx:8088/ari"], caller: caller)
        #expect(desk["LINE_TIME_ZONE"] == "Europe/Astrakhan")
        // The desk refuses this pair.
        #expect(desk["DEMO_PASSWORD"] == "abc" && desk["ARI_URL"] == "http://pbx:8088/ari")
        let intake = try Self.settings(
            of: .callIntake, ["--exchange", "http://pbx:8088/ari"], caller: ["EXCHANGES_FILE": "/etc/other.json"])
        #expect(intake["ARI_URL"] == "http://pbx:8088/ari" && intake["EXCHANGES_FILE"] == nil)
    }

    @Test("G-601 Without its region a real centre does not start: its numbers would be those of another one")
    func aRealCentreNamesItsRegion() throws {
        #expect { try Self.commands(["--mis", "https://mis"]).checkRegion() } throws: {
            "\($0)".contains("REGION_CODE")
        }
        #expect(throws: Never.self) { try Self.commands([]).checkRegion() }
        #expect(throws: Never.self) {
            try Self.commands(["--mis", "https://mis"], caller: ["REGION_CODE": "64"]).checkRegion()
        }
    }

    @Test("G-603 The password is shown at a terminal only; a file gets the name of its file")
    func thePasswordIsForTheTerminal() throws {
        let home = SuiteHome(path: "/tmp/line122-password-\(UUID().uuidString)")
        try home.create()
        defer { try? FileManager.default.removeItem(at: home.folder) }
        let secrets = SecretStore(folder: home.secrets)
        let password = try secrets.password("demo-password")
        #expect(Up.signIn(.init(), secrets, isTerminal: true).joined().contains(password))
        let written = Up.signIn(.init(), secrets, isTerminal: false).joined()
        #expect(!written.contains(password) && written.contains(secrets.file("demo-password").path))
        let real = Up.signIn(.init(exchange: "http://pbx:8088/ari"), secrets, isTerminal: true).joined()
        #expect(!real.contains(password) && real.contains("line122 account"))
    }

    @Test("G-605 `line122 status` says when the production calendar is about to end")
    func statusKnowsTheCalendar() {
        let metrics = "# TYPE production_calendar_official_days gauge\nproduction_calendar_official_days"
        #expect(Status.calendarWarning(inMetrics: "\(metrics) 99\n")?.contains("99\u{A0}дней") == true)
        #expect(
            Status.calendarWarning(inMetrics: "\(metrics) 0.0\nother 5\n")?.contains("PRODUCTION_CALENDAR_FILE") == true
        )
        #expect(Status.calendarWarning(inMetrics: "\(metrics) 397\n") == nil)
        #expect(Status.calendarWarning(inMetrics: "") == nil)
    }
}
