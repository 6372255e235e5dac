import ArgumentParser
import Foundation
import Logging
import PasswordHashing
import Postgres
import ServiceSupport

/// `operator-desk account`: who may sign in, until there is a page for it.
struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Завести учётную запись, изменить или заблокировать её.",
        discussion: """
            Пароль читается со стандартного ввода, одна строка, не меньше 12 знаков:
              operator-desk account ivanova --name «Иванова Анна Петровна» --telephone 1001 < файл-с-паролем
            """)

    @Argument(help: "Имя для входа: строчные латинские буквы, цифры, точка, дефис.") var login: String
    @Option(help: "Фамилия, имя и отчество, как их видят коллеги.") var name: String?
    @Option(help: "operator, supervisor, administrator или organization.") var role = "operator"
    @Option(help: "Внутренний номер телефона; оператору обязателен.") var telephone: String?
    @Option(help: "Краткое имя организации (gp-1), для роли organization.") var organization: String?
    @Option(help: "Название организации.") var organizationName: String?
    @Option(help: "Подразделение: называется вслух при переводе звонка.") var department = ""
    @Option(help: "Должность: называется вслух при переводе звонка.") var position = ""
    @Flag(help: "Второй уровень: звонки первого уровня не получает.") var secondLevel = false
    @Flag(help: "Заблокировать: войти больше нельзя, открытые сеансы кончаются.") var block = false

    static let shortestPassword = 12

    func validate() throws {
        guard self.login.wholeMatch(of: /[a-z0-9._-]{1,64}/) != nil else {
            throw ValidationError("Имя для входа — строчные латинские буквы, цифры, точка, дефис, не больше 64 знаков.")
        }
        if !self.block { _ = try self.account() }
    }

    func run() async throws {
        try await ServiceExit.reportingSettings("operator-desk") {
            let settings = Settings()
            let postgres = try settings.parse("POSTGRES_URL", settings.secret("POSTGRES_URL")) {
                try PostgresSettings(url: $0)
            }
            let hash = self.block ? nil : try await PasswordHash.make(Self.password(readLine()))
            let database = PostgresPool(postgres, logger: Logger(label: "operator-desk account"))
            try await withThrowingTaskGroup { group in
                group.addTask { try await database.run() }
                try await self.carryOut(AccountStore(database: database), passwordHash: hash)
                group.cancelAll()
            }
        }
    }

    /// - Parameter passwordHash: nil blocks.
    func carryOut(_ store: AccountStore, passwordHash: String?) async throws {
        if let passwordHash {
            try await store.set(self.account(), organizationName: self.organizationName, passwordHash: passwordHash)
        } else if try await !store.block(self.login) {
            throw ValidationError("Учётной записи с таким именем для входа нет.")
        }
    }

    /// - Throws: `ValidationError` with what to do.
    func account() throws -> Account {
        guard let role = Account.Role(rawValue: self.role) else {
            throw ValidationError("Роль — operator, supervisor, administrator или organization.")
        }
        guard let name = self.name, !name.allSatisfy(\.isWhitespace) else { throw ValidationError("Укажите --name.") }
        guard role != .operator || self.telephone?.isEmpty == false else {
            throw ValidationError("Оператору укажите --telephone: на этот телефон приходят звонки.")
        }
        guard (role == .organization) == (self.organization != nil) else {
            throw ValidationError("--organization указывают для роли organization, и только для неё.")
        }
        let telephone: String?
        do {
            telephone = try Telephone.read(self.telephone)
        } catch let error as DeskError {
            throw ValidationError(error.message)
        }
        return Account(
            id: self.login, displayName: name, role: role, telephone: telephone,
            organizationID: self.organization, isFirstLevel: !self.secondLevel, department: self.department,
            position: self.position)
    }

    /// - Throws: `ValidationError` when it is too short.
    static func password(_ line: String?) throws -> String {
        guard let line, line.count >= Self.shortestPassword else {
            throw ValidationError("Пароль со стандартного ввода — не меньше \(Self.shortestPassword) знаков.")
        }
        return line
    }
}
