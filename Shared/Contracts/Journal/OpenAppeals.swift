public import Foundation
public import Messaging

/// Which of these calls must keep what belongs to them, because their appeal is open or because the journal knows no
/// appeal of theirs (T-04). Asked before recordings are erased. At most 1,000 calls.
/// Refusal: `too-many`.
public struct GetOpenAppeals: Request {
    public struct Answer: Codable, Sendable {
        /// Those of the asked calls whose appeal is not closed, or not known.
        public var callIDs: [UUID]
        public init(callIDs: [UUID]) { self.callIDs = callIDs }
    }
    public static let receiver = ServiceName.journal
    public static let type = "appeal.get-open"
    public static let isRead = true
    public static let limit = 1000

    public var callIDs: [UUID]
    public init(callIDs: [UUID]) { self.callIDs = callIDs }
}
