import ArgumentParser
import Configuration
import Contracts
import Foundation
import PasswordHashing
import Postgres
import ServiceSupport
import Testing

@testable import OperatorDesk

struct AccountTests {
    private static func settings(_ values: [String: String]) throws -> DeskSettings {
        try DeskSettings(
            Settings(ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: values))))
    }

    @Test(
        "G-602 Accounts with one password for all are refused beside a real exchange or МИС",
        arguments: ["ARI_URL", "MIS_URL", "EXCHANGES_FILE"])
    func demonstrationBesideReal(name: String) throws {
        let error = try #require(throws: SettingsError.self) {
            try Self.settings(["DEMO_PASSWORD": "учебный", name: "http://pbx:8088/ari"])
        }
        #expect("\(error)".contains(name) && !"\(error)".contains("учебный"))
        #expect(try Self.settings([name: "http://pbx:8088/ari"]).demoPassword == nil)
        #expect(try Self.settings(["DEMO_PASSWORD": "учебный", name: ""]).demoPassword == "учебный")
    }

    @Test("G-602 Without the flag the demonstration accounts are blocked at the next start, those of people stay")
    func demonstrationIsBlocked() async throws {
        try await DeskServer.run { desk in
            let store = AccountStore(database: desk.database)
            let own = try await PasswordHash.make("пароль-человека-1")
            try await store.set(
                Account(id: "petrova", displayName: "Петрова", role: .operator, telephone: "1007", organizationID: nil),
                organizationName: nil, passwordHash: own)
            // A demonstration account that a person has taken over.
            let taken = try await PasswordHash.make("пароль-человека-2")
            try await store.set(
                Account(
                    id: "supervisor", displayName: "Сидорова", role: .supervisor, telephone: "1901",
                    organizationID: nil), organizationName: nil, passwordHash: taken)
            let session = Data(repeating: 7, count: 32)
            try await store.openSession(session, account: "operator1")
            #expect(try await store.account(session: session)?.id == "operator1")
            #expect(try await store.blockDemonstration() == 4)
            #expect(try await store.account(session: session) == nil)
            for id in ["operator1", "admin", "level2", "org-gp-1"] {
                #expect(try await store.credentials(id) == nil, "\(id)")
            }
            #expect(try await store.credentials("petrova") != nil)
            #expect(try await store.credentials("supervisor") != nil)
            // A second start finds nobody any more.
            #expect(try await store.blockDemonstration() == 0)
        }
    }

    @Test("G-601 An account is made, changed and blocked by a command; its sessions end")
    func accountsByCommand() async throws {
        try await DeskServer.run { desk in
            let store = AccountStore(database: desk.database)
            func command(_ words: [String]) throws -> AccountCommand { try AccountCommand.parse(words) }
            let hash = try await PasswordHash.make("пароль-человека-1")
            try await command(["ivanova", "--name", "Иванова Анна", "--telephone", "1042", "--second-level"])
                .carryOut(store, passwordHash: hash)
            let made = try #require(try await store.credentials("ivanova"))
            #expect(made.account.telephone == "1042" && made.account.role == .operator && !made.account.isFirstLevel)
            #expect(try await PasswordHash.verify("пароль-человека-1", against: made.hash))
            let session = Data(repeating: 9, count: 32)
            try await store.openSession(session, account: "ivanova")
            try await command(["ivanova", "--block"]).carryOut(store, passwordHash: nil)
            #expect(try await store.credentials("ivanova") == nil)
            #expect(try await store.account(session: session) == nil)
            try await command([
                "org-okb", "--name", "Регистратура", "--role", "organization", "--organization", "okb",
                "--organization-name", "Областная больница",
            ]).carryOut(store, passwordHash: hash)
            #expect(try await store.organization("okb")?.name == "Областная больница")
            await #expect(throws: ValidationError.self) {
                try await command(["nobody", "--block"]).carryOut(store, passwordHash: nil)
            }
        }
    }

    @Test(
        "G-601 An account that could not work is refused with what to do",
        arguments: [
            ["Иванова", "--name", "Иванова", "--telephone", "1001"], ["ivanova", "--telephone", "1001"],
            ["ivanova", "--name", "Иванова"], ["ivanova", "--name", "Иванова", "--telephone", "10;01"],
            ["ivanova", "--name", "Иванова", "--role", "chief"], ["okb", "--name", "ОКБ", "--role", "organization"],
        ])
    func refused(words: [String]) {
        #expect(throws: (any Error).self) { try AccountCommand.parse(words) }
    }

    @Test(arguments: [nil, "", "короткий"])
    func aShortPasswordIsRefused(line: String?) {
        #expect(throws: ValidationError.self) { try AccountCommand.password(line) }
    }
}
