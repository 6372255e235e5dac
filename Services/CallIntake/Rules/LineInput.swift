import Contracts
import Foundation
import Vocabulary

/// What can happen to the line.
enum LineInput: Sendable {
    /// A channel from outside has entered. `callID` is fresh.
    case callerEntered(channel: String, caller: CallerNumber, line: String, callID: UUID)
    /// An operator picked up.
    case operatorAnswered(leg: String)
    /// A citizen who was dialled picked up. `callID` is fresh.
    case citizenAnswered(channel: String, attemptID: UUID, callID: UUID)
    case dialStatus(channel: String, status: String)
    case hangUpRequested(channel: String, CallRelease.Request)
    /// A channel is gone; both nil when its end was not heard.
    case channelEnded(channel: String, cause: Int?, technical: Int?)
    /// The exchange refused to ring or to dial; the channel never was.
    case originateRefused(channel: String)

    case setOperator(SetOperatorState)
    case hangUp(HangUpCall)
    case dial(DialCitizen)
    /// Time has passed.
    case tick

    /// The exchange is away: nothing is assigned or dialled.
    case exchangeLost
    /// What the exchange holds, after a connection or a start. `known`: the channels that were known before it was
    /// asked. `freshIDs` for calls that are not known yet, at least one a channel.
    case exchangeRead(ExchangeSnapshot, known: Set<String>, freshIDs: [UUID])
}

/// What a request is answered.
enum LineAnswer: Sendable, Equatable {
    case done
    case operatorView(OperatorView)
}
