import Foundation

/// Where the exchange is and how it is spoken to.
struct ExchangeAddress: Sendable {
    /// Names its rows, its lease and its requests; Latin letters, digits and `-`.
    let name: String
    /// `http://host:port/ari`, without a slash at the end.
    let url: String
    let host: String
    let port: Int
    /// The path before `/events`, such as `/ari`.
    let path: String
    let username: String
    let password: String
    /// The name of our application at the exchange.
    let application: String
    /// `PJSIP/{extension}`
    let operatorEndpoint: String
    /// `PJSIP/{number}@trunk122`
    let trunkEndpoint: String
    /// How long a citizen's telephone rings, in whole seconds.
    let citizenRing: Int
    /// The telephones of its own that may be rung; nothing else is, whoever asks.
    var telephones = TelephoneList.standard
    /// The folder of the sounds below the exchange's own: `line122`.
    let prompts: String

    /// Nil when `url` is not `http://host[:port]/path`.
    init?(
        name: String, url: String, username: String, password: String, application: String, operatorEndpoint: String,
        trunkEndpoint: String, citizenRing: Int, prompts: String
    ) {
        guard let parts = URLComponents(string: url), parts.scheme == "http", let host = parts.host, !host.isEmpty,
            parts.query == nil
        else { return nil }
        self.name = name
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.host = host
        self.port = parts.port ?? 80
        self.path = parts.path.hasSuffix("/") ? String(parts.path.dropLast()) : parts.path
        self.username = username
        self.password = password
        self.application = application
        self.operatorEndpoint = operatorEndpoint
        self.trunkEndpoint = trunkEndpoint
        self.citizenRing = citizenRing
        self.prompts = prompts
    }

    func inside(_ telephone: String) -> String {
        self.operatorEndpoint.replacingOccurrences(of: "{extension}", with: telephone)
    }

    func trunk(_ number: String) -> String {
        self.trunkEndpoint.replacingOccurrences(of: "{number}", with: number)
    }
}
