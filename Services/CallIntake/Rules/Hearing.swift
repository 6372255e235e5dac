import Contracts
import Foundation

/// A supervisor hears one operator in one way: a row that is kept. Another mode, or another operator after a
/// transfer, is another one.
struct Hearing: Sendable, Equatable, Codable {
    let id: UUID
    let callID: UUID
    let supervisorID: String
    /// Where the supervisor hears it.
    let telephone: String?
    /// Who is heard; nil while the caller is with nobody of the line.
    let operatorID: String?
    let mode: SuperviseCall.Mode
    let startedAt: Date
    var endedAt: Date?

    var event: CallSupervised {
        CallSupervised(
            supervisionID: self.id, callID: self.callID, supervisorID: self.supervisorID, operatorID: self.operatorID,
            mode: self.mode, startedAt: self.startedAt, endedAt: self.endedAt)
    }
}
