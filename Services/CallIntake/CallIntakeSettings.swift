import ServiceSupport

/// What call-intake is told; see the table of settings.
struct CallIntakeSettings {
    let common: CommonSettings
    /// `ARI_URL`, `ARI_USERNAME`, `ARI_PASSWORD` or `ARI_PASSWORD_FILE`, `ARI_APPLICATION` (call-intake),
    /// `ARI_TRUNK_ENDPOINT`, `ARI_OPERATOR_ENDPOINT`, `OPERATOR_RING_SECONDS` (15), `CITIZEN_RING_SECONDS` (30).
    let exchange: ExchangeAddress

    init(_ settings: Settings = Settings()) throws {
        self.common = try CommonSettings(settings, name: "call-intake")
        let operatorEndpoint = settings.text("ARI_OPERATOR_ENDPOINT", default: "PJSIP/{extension}")
        let trunkEndpoint = settings.text("ARI_TRUNK_ENDPOINT", default: "PJSIP/{number}@trunk122")
        guard operatorEndpoint.contains("{extension}") else {
            throw SettingsError(
                "ARI_OPERATOR_ENDPOINT",
                "ARI_OPERATOR_ENDPOINT must contain {extension}, such as PJSIP/{extension}.")
        }
        guard trunkEndpoint.contains("{number}") else {
            throw SettingsError(
                "ARI_TRUNK_ENDPOINT", "ARI_TRUNK_ENDPOINT must contain {number}, such as PJSIP/{number}@trunk122.")
        }
        guard
            let exchange = ExchangeAddress(
                url: try settings.text("ARI_URL"), username: try settings.text("ARI_USERNAME"),
                password: try settings.secret("ARI_PASSWORD"),
                application: settings.text("ARI_APPLICATION", default: "call-intake"),
                operatorEndpoint: operatorEndpoint, trunkEndpoint: trunkEndpoint,
                operatorRing: try settings.integer("OPERATOR_RING_SECONDS", default: 15, in: 3...120),
                citizenRing: try settings.integer("CITIZEN_RING_SECONDS", default: 30, in: 5...120))
        else {
            throw SettingsError("ARI_URL", "ARI_URL must look like http://host:8088/ari.")
        }
        self.exchange = exchange
    }
}
