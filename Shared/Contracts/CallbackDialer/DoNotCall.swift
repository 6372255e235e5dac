public import Foundation
public import Messaging
public import Vocabulary

/// A citizen does not want to be called: only calls that the law demands are made to that number.
public struct SetDoNotCall: Request {
    public typealias Answer = Done
    public static let receiver = ServiceName.callbackDialer
    public static let type = "callback.do-not-call"
    public static let isRead = false

    public var number: PhoneNumber
    /// false takes the number from the list.
    public var isListed: Bool
    public var operatorID: String

    public init(number: PhoneNumber, isListed: Bool, operatorID: String) {
        self.number = number
        self.isListed = isListed
        self.operatorID = operatorID
    }
}

/// The numbers that are not to be called, newest first; at most 500.
public struct ListDoNotCall: Request {
    public struct Entry: Codable, Sendable {
        public var number: PhoneNumber
        public var listedAt: Date
        public var listedBy: String
        public init(number: PhoneNumber, listedAt: Date, listedBy: String) {
            self.number = number
            self.listedAt = listedAt
            self.listedBy = listedBy
        }
    }
    public typealias Answer = [Entry]
    public static let receiver = ServiceName.callbackDialer
    public static let type = "callback.do-not-call-list"
    public static let isRead = true

    public init() {}
}

/// Who put numbers on the do-not-call list and who took them off, newest first; at most 500.
public struct ListDoNotCallChanges: Request {
    public struct Change: Codable, Sendable {
        public var number: PhoneNumber
        /// false: it was taken off.
        public var isListed: Bool
        /// The account of the operator.
        public var actor: String
        public var at: Date
        public init(number: PhoneNumber, isListed: Bool, actor: String, at: Date) {
            self.number = number
            self.isListed = isListed
            self.actor = actor
            self.at = at
        }
    }
    public typealias Answer = [Change]
    public static let receiver = ServiceName.callbackDialer
    public static let type = "callback.do-not-call-changes"
    public static let isRead = true

    public init() {}
}
