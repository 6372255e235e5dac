import Foundation
import ServiceLifecycle
import ServiceSupport

/// The wiring of exchanges that we do not drive.
struct ForeignExchanges: Sendable {
    private let settings: ForeignSettings
    private let rules: ForeignRules
    private let host: ServiceHost

    init(_ settings: ForeignSettings, rules: ForeignRules, host: ServiceHost) {
        self.settings = settings
        self.rules = rules
        self.host = host
    }

    private var store: ForeignStore { ForeignStore(database: self.host.database) }

    var services: [any Service] {
        [
            ForeignHousekeeping(
                store: self.store, exchanges: Set(self.settings.keys.values.map(\.exchange)), logger: self.host.logger)
        ]
    }

    var routes: ForeignRoutes {
        ForeignRoutes(
            intake: ForeignIntake(store: self.store, rules: self.rules, logger: self.host.logger),
            signature: ForeignSignature(keys: self.settings.keys), limit: self.settings.inFlight,
            logger: self.host.logger)
    }
}
