/// The programs of the suite as `up` sees them. The raw value names the executable, the log and the listener.
enum SuiteService: String, CaseIterable, Sendable {
    case callIntake = "call-intake"
    case callbackDialer = "callback-dialer"
    case booking
    case journal
    case notifier
    case operatorDesk = "operator-desk"

    /// The database, and the login role without ownership.
    var database: String { self.rawValue.replacing("-", with: "_") }
    /// The role that owns the tables and migrates them; the service never uses it.
    var owner: String { "\(self.database)_owner" }

    var listener: PortReservation.Listener {
        switch self {
        case .callIntake: .callIntake
        case .callbackDialer: .callbackDialer
        case .booking: .booking
        case .journal: .journal
        case .notifier: .notifier
        case .operatorDesk: .desk
        }
    }

    /// Where it answers about its health: the same, unless others are served there.
    var health: PortReservation.Listener {
        switch self {
        case .callIntake: .callIntakeHealth
        case .operatorDesk: .deskHealth
        case .callbackDialer, .booking, .journal, .notifier: self.listener
        }
    }
}
