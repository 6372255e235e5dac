import Foundation

/// The ports of one home: chosen free at its first start and kept, so that addresses stay the same.
struct PortReservation: Codable, Sendable, Equatable {
    /// What listens in a home.
    enum Listener: String, Codable, CaseIterable, Sendable {
        case desk = "operator-desk"
        case callIntake = "call-intake"
        case callbackDialer = "callback-dialer"
        case booking, journal, notifier
        case postgres
        case amqp, distribution, epmd, management
        case standARI = "stand-ari"
        case standMIS = "stand-mis"
        case standControl = "stand-control"
        // Further replicas of call-intake, and further exchanges of the stand.
        case callIntake2 = "call-intake-2"
        case callIntake3 = "call-intake-3"
        case standARI2 = "stand-ari-2"
        case standARI3 = "stand-ari-3"
        // Health and metrics of what serves others as well.
        case deskHealth = "operator-desk-health"
        case callIntakeHealth = "call-intake-health"
        case callIntake2Health = "call-intake-2-health"
        case callIntake3Health = "call-intake-3-health"
    }

    private(set) var ports: [String: Int]

    /// Where the desk is looked for first.
    static let deskPort = 8122
    /// Below the range from which the kernel takes ports for outgoing connections (32768–60999, ip(7)): nobody takes
    /// ours by chance while we are stopped.
    static let range = 20_000..<32_000

    subscript(_ listener: Listener) -> Int {
        guard let port = self.ports[listener.rawValue] else { preconditionFailure("every listener has a port") }
        return port
    }

    init(from decoder: any Decoder) throws {
        self.ports = try decoder.singleValueContainer().decode([String: Int].self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.ports)
    }

    /// Keeps the known ports that nobody else uses and chooses the others anew.
    /// - Parameters:
    ///   - known: what an earlier start reserved.
    ///   - used: ports that somebody listens on now, none of which is ours.
    ///   - desk: the desk's port, if the operator of the machine wants a certain one.
    /// - Throws: `SuiteError` when the wanted port is taken.
    init(
        known: PortReservation?, used: Set<Int>, desk: Int?, random: inout some RandomNumberGenerator
    ) throws {
        self.ports = [:]
        var taken = used
        if let desk {
            guard (1...65_535).contains(desk) else { throw SuiteError("--port: порт — число от 1 до 65535") }
            guard !used.contains(desk) else {
                throw SuiteError("Порт \(desk) занят другой программой: укажите другой ключом --port")
            }
            self.ports[Listener.desk.rawValue] = desk
            taken.insert(desk)
        }
        for listener in Listener.allCases where self.ports[listener.rawValue] == nil {
            guard let port = known?.ports[listener.rawValue], taken.insert(port).inserted else { continue }
            self.ports[listener.rawValue] = port
        }
        for listener in Listener.allCases where self.ports[listener.rawValue] == nil {
            var port = listener == .desk ? Self.deskPort : Int.random(in: Self.range, using: &random)
            while !taken.insert(port).inserted { port = Int.random(in: Self.range, using: &random) }
            self.ports[listener.rawValue] = port
        }
    }

    /// Reads `ports.json` of the home, settles what is taken, and writes it again.
    static func reserve(in home: SuiteHome, desk: Int?) throws -> PortReservation {
        var known: PortReservation?
        if let data = FileManager.default.contents(atPath: home.ports.path) {
            do {
                known = try JSONDecoder().decode(PortReservation.self, from: data)
            } catch {
                throw SuiteError("Файл \(home.ports.path) повреждён: удалите его, порты будут выбраны заново")
            }
        }
        var random = SystemRandomNumberGenerator()
        let reserved = try PortReservation(known: known, used: LoopbackPorts.listening(), desk: desk, random: &random)
        if reserved != known {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(reserved).write(to: home.ports, options: .atomic)
        }
        return reserved
    }
}
