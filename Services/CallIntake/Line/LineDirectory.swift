import NIOConcurrencyHelpers

/// The lines that this replica owns now, by exchange.
final class LineDirectory: Sendable {
    private let drivers = NIOLockedValueBox<[String: LineDriver]>([:])

    func set(_ driver: LineDriver?, for exchange: String) { self.drivers.withLockedValue { $0[exchange] = driver } }

    subscript(_ exchange: String) -> LineDriver? { self.drivers.withLockedValue { $0[exchange] } }

    /// How many lines are in hand.
    var count: Int { self.drivers.withLockedValue { $0.count } }

    var all: [String: LineDriver] { self.drivers.withLockedValue { $0 } }
}
