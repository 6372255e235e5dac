/// Why a citizen is called back.
public enum CallbackKind: String, Codable, Sendable, CaseIterable {
    /// The line broke in conversation: dialled within 15 s at any hour (C-01).
    case brokenCall
    /// The caller chose to be called back and keeps the place in the queue (C-07).
    case requested
    /// The caller gave up waiting (C-07).
    case abandonedWait
    /// An operator promised the answer for a later time (C-04).
    case deferredAnswer
}
