import Contracts
import Foundation

/// A recording as the line knows it: begun, over, or impossible. What becomes of the file afterwards is the business
/// of `RecordingFetcher`.
struct Recording: Sendable, Equatable {
    /// `RecordingIdentity.recording(of:_:part:)`.
    let id: UUID
    /// The exchange that records, as `call.exchange` names it.
    let exchange: String
    /// Its name at the exchange, without the ending; may hold slashes. Unique at that exchange.
    let name: String
    let callID: UUID
    let kind: RecordingKind
    let part: Int
    /// When the exchange was told to record.
    var startedAt: Date
    /// When the exchange said that it is over.
    var finishedAt: Date?
    /// As the exchange counted it, in whole seconds; the stored file decides later.
    var durationSeconds: Int?
    /// Why there is no recording, without personal data; once set, it stays.
    var failure: String?
}
