public import Foundation
public import Messaging

/// An operator's state, lines or clock changed. Carries all of the present state: a later one makes an earlier one
/// needless.
public struct OperatorChanged: Event {
    public static let source = ServiceName.callIntake
    public static let type = "operator.changed"
    public var subject: String { "operator/\(self.view.operatorID)" }

    public var view: OperatorView
    public var changedAt: Date

    public init(view: OperatorView, changedAt: Date) {
        self.view = view
        self.changedAt = changedAt
    }
}
