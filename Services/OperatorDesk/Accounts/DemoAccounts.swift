import Contracts
import Logging
import NIOConcurrencyHelpers
import PasswordHashing
import Postgres
import ServiceLifecycle

/// Accounts to try the suite with: made at start when a demonstration password is set, blocked at start when none is.
final class DemoAccounts: Service {
    private let settings: DeskSettings
    private let store: AccountStore
    private let logger: Logger
    private let done: NIOLockedValueBox<Bool>

    init(settings: DeskSettings, store: AccountStore, logger: Logger) {
        self.settings = settings
        self.store = store
        self.logger = logger
        self.done = NIOLockedValueBox(false)
    }

    var isDone: Bool { self.done.withLockedValue { $0 } }

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            try await self.settle()
            try await gracefulShutdown()
        }
    }

    private func settle() async throws {
        // One hash for all: they have one password.
        var hash: String?
        if let password = self.settings.demoPassword { hash = try await PasswordHash.make(password) }
        while true {
            do {
                if let hash {
                    try await self.store.ensure(
                        Self.operators(self.settings.demoOperators) + Self.secondLevel
                            + [Self.administrator, Self.supervisor] + Self.clinics,
                        Self.organizations, telephones: Self.telephones, passwordHash: hash)
                } else {
                    let blocked = try await self.store.blockDemonstration()
                    if blocked > 0 {
                        self.logger.notice("demonstration accounts were blocked", metadata: ["count": "\(blocked)"])
                    }
                }
                self.done.withLockedValue { $0 = true }
                return
            } catch let error as PostgresError where error.isRetryable {
                self.logger.warning("demonstration accounts must wait", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    static func operators(_ count: Int) -> [Account] {
        (1...count).map { number in
            Account(
                id: "operator\(number)", displayName: "Оператор \(number)", role: .operator,
                telephone: String(1000 + number), organizationID: nil, position: "оператор линии 122")
        }
    }

    /// Those whom the first level asks.
    static let secondLevel = [
        Account(
            id: "level2-oms", displayName: "Соколова Мария Ивановна", role: .operator, telephone: "1801",
            organizationID: nil, skills: ["oms"], isFirstLevel: false,
            department: "Территориальный фонд ОМС, отдел защиты прав застрахованных", position: "главный специалист"),
        Account(
            id: "level2-complaints", displayName: "Фёдоров Пётр Алексеевич", role: .operator, telephone: "1802",
            organizationID: nil, skills: ["complaints"], isFirstLevel: false,
            department: "Министерство здравоохранения области, отдел обращений граждан", position: "консультант"),
    ]

    static let administrator = Account(
        id: "admin", displayName: "Администратор", role: .administrator, telephone: "1900", organizationID: nil)

    static let supervisor = Account(
        id: "supervisor", displayName: "Старший смены", role: .supervisor, telephone: "1901", organizationID: nil)

    static let organizations: [Organization] = [
        .init(organizationID: "gp-1", name: "Городская поликлиника № 1", email: "gp1@example.org"),
        .init(organizationID: "gp-3", name: "Городская поликлиника № 3", email: "gp3@example.org"),
        .init(organizationID: "dgp-2", name: "Детская поликлиника № 2", email: "dgp2@example.org"),
        .init(organizationID: "okb", name: "Областная клиническая больница", email: "okb@example.org"),
        .init(organizationID: "minzdrav", name: "Министерство здравоохранения области", email: "mz@example.org"),
    ]

    /// Of registries, by organization; numbers that nobody has.
    static let telephones = [
        "gp-1": "+78452000001", "gp-3": "+78452000003", "dgp-2": "+78452000002", "okb": "+78452000004",
    ]

    static let clinics = organizations.map { organization in
        Account(
            id: "org-\(organization.organizationID)", displayName: organization.name, role: .organization,
            telephone: nil, organizationID: organization.organizationID)
    }
}
