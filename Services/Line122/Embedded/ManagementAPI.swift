import Foundation

/// The few calls that we make to the broker's management interface. `rabbitmqctl` takes most of a second a call.
struct ManagementAPI: Sendable {
    /// How full a queue is.
    struct Queue: Decodable, Sendable {
        let name: String
        let messagesReady: Int?
        let messagesUnacknowledged: Int?
        let consumers: Int?

        enum CodingKeys: String, CodingKey {
            case name, consumers
            case messagesReady = "messages_ready"
            case messagesUnacknowledged = "messages_unacknowledged"
        }
    }

    let port: Int
    let user: String
    let password: String
    let virtualHost: String

    /// With the password in it: for secret files and tests, never for a log.
    var url: String { "http://\(self.user):\(self.password)@127.0.0.1:\(self.port)" }

    /// A delivery that crashed its service 20 times goes to the queue of the dead. By policy only: as an argument at
    /// declaration the limit could never be changed.
    func setDeliveryLimit() async throws {
        let policy =
            #"{"pattern":"\\.(events|dead)$","definition":{"delivery-limit":20},"apply-to":"queues","priority":0}"#
        let response = try await LoopbackHTTP.send(
            "PUT", "http://127.0.0.1:\(self.port)/api/policies/\(self.virtualHost)/line122-delivery-limit",
            body: Data(policy.utf8), authorization: self.authorization)
        guard (200..<300).contains(response.status) else {
            throw SuiteError("RabbitMQ не принял правило delivery-limit (HTTP \(response.status)): запустите с --fresh")
        }
    }

    /// All queues of the suite, by name.
    func queues() async throws -> [Queue] {
        let response = try await LoopbackHTTP.send(
            "GET", "http://127.0.0.1:\(self.port)/api/queues/\(self.virtualHost)?disable_stats=false",
            authorization: self.authorization)
        guard response.status == 200 else {
            throw SuiteError("RabbitMQ не назвал свои очереди (HTTP \(response.status))")
        }
        return try JSONDecoder().decode([Queue].self, from: response.body).sorted { $0.name < $1.name }
    }

    private var authorization: String { "Basic " + Data("\(self.user):\(self.password)".utf8).base64EncodedString() }
}
