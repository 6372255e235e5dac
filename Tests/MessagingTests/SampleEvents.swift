import Foundation
import Messaging

enum OrderSize: String, Sendable { case small, large }

/// The events of these tests: an order that booking announces, every one of which somebody hears.
struct OrderPlaced: Event, Equatable {
    static let source = ServiceName.booking
    static let type = "order.placed"
    var order: String
    var note: String
    /// By the names that a citizen has given.
    var marks: [String: Int]?
    @OptionalOpenWord var size: OrderSize?
    var subject: String { "order/\(self.order)" }

    init(_ order: String, _ note: String = "") {
        self.order = order
        self.note = note
    }
}

/// Of the same family, so that it shares the numbers of `OrderPlaced`.
struct OrderClosed: Event, Equatable {
    static let source = ServiceName.booking
    static let type = "order.closed"
    var order: String
    var note: String
    var subject: String { "order/\(self.order)" }

    init(_ order: String, _ note: String = "") {
        self.order = order
        self.note = note
    }
}

/// Heard with `latest`.
struct StockCounted: Event, Equatable {
    static let source = ServiceName.booking
    static let type = "stock.counted"
    var item: String
    var amount: Int
    var subject: String { "stock/\(self.item)" }
}

/// Heard by nobody.
struct NightPassed: Event {
    static let source = ServiceName.booking
    static let type = "night.passed"
    var subject: String { "night/1" }
}

let orderRegistry = ContractRegistry(subscriptions: [
    .journal: [EventType(OrderPlaced.self), EventType(OrderClosed.self)]
])

let stockRegistry = ContractRegistry(subscriptions: [.journal: [EventType(StockCounted.self)]])

/// A request whose work can be counted.
struct CountUp: Request {
    typealias Answer = Counted
    static let receiver = ServiceName.journal
    static let type = "count.up"
    static let isRead = false
    var amount: Int
}

/// A question.
struct ReadCount: Request {
    typealias Answer = Counted
    static let receiver = ServiceName.journal
    static let type = "count.read"
    static let isRead = true
}

/// A request that `journal` does not know.
struct NeverHeardOf: Request {
    typealias Answer = Counted
    static let receiver = ServiceName.journal
    static let type = "never.heard"
    static let isRead = true
}

struct Counted: Codable, Sendable, Equatable {
    var total: Int64
}

/// An error of a handler that says nothing about a later attempt.
struct Broken: Error {}
