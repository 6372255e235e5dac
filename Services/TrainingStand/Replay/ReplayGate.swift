/// A recorded command that made things happen: what follows it in the recording waits until the client gives it.
/// Ids are the recorded ones.
enum ReplayGate: Sendable, Equatable {
    case answer(channel: String)
    case join(channel: String, bridge: String, isHolding: Bool)
    case originate(channel: String, arguments: String, application: String, answer: JSONValue)
    case delete(channel: String)

    /// What an operator of the stand reads while it waits.
    var description: String {
        switch self {
        case .answer(let channel): "POST /channels/{\(channel)}/answer"
        case .join(let channel, let bridge, let isHolding):
            "POST /bridges/{\(bridge), \(isHolding ? "holding" : "mixing")}/addChannel {\(channel)}"
        case .originate(let channel, _, _, _): "POST /channels/{\(channel)}"
        case .delete(let channel): "DELETE /channels/{\(channel)}"
        }
    }
}
