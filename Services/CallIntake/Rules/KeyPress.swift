import Foundation

/// A key that the exchange has heard.
struct KeyPress: Sendable, Equatable {
    /// A long key can be heard as two: no prompt can have begun so soon, and nobody answers it. Seconds.
    private static let bounce = 0.3

    let digit: String
    /// By the clock of the exchange, when it tells.
    let at: Date

    /// Whether this one and `former` are the same press.
    func repeats(_ former: KeyPress) -> Bool {
        self.digit == former.digit && abs(self.at.timeIntervalSince(former.at)) < Self.bounce
    }
}
