/// How much of what may be there several times there is.
struct SuiteShape: Sendable, Equatable {
    /// As many as ports are kept for.
    static let limit = 3

    /// Exchanges of the training stand.
    var exchanges = 1
    /// Replicas of call-intake.
    var replicas = 1

    /// The names of the exchanges as `line122 demo` and the operators' telephones (`1001@second`) know them.
    var exchangeNames: [String] { Array(["main", "second", "third"].prefix(self.exchanges)) }

    /// A program of the suite as it is started: its name is that of its log and of its pid file.
    struct Instance: Sendable {
        let service: SuiteService
        let name: String
        let listener: PortReservation.Listener
        let health: PortReservation.Listener
    }

    var instances: [Instance] {
        SuiteService.allCases.flatMap { service in
            let first = Instance(
                service: service, name: service.rawValue, listener: service.listener, health: service.health)
            guard service == .callIntake else { return [first] }
            let more: [(PortReservation.Listener, PortReservation.Listener)] = [
                (.callIntake2, .callIntake2Health), (.callIntake3, .callIntake3Health),
            ]
            return [first]
                + more.prefix(self.replicas - 1).map { listener, health in
                    Instance(service: service, name: listener.rawValue, listener: listener, health: health)
                }
        }
    }

    var standListeners: [PortReservation.Listener] {
        Array([PortReservation.Listener.standARI, .standARI2, .standARI3].prefix(self.exchanges))
    }
}
