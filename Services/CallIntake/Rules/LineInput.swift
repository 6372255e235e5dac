import Contracts
import Foundation
import Vocabulary

/// What can happen to the line.
enum LineInput: Sendable {
    /// A channel from outside has entered. `callID` is fresh; `signalled` is the caller id as it came, when `caller`
    /// does not say it.
    case callerEntered(
        channel: String, caller: CallerNumber, line: String, callID: UUID, signalled: String? = nil)
    /// Somebody whom we rang picked up: an operator, a receiver of a transfer, a supervisor.
    case legAnswered(leg: String)
    /// A citizen who was dialled picked up, or an answering machine did. `callID` is fresh.
    case citizenAnswered(channel: String, attemptID: UUID, callID: UUID, isMachine: Bool = false)
    /// A citizen whom an operator calls picked up.
    case outboundAnswered(channel: String)
    /// A channel that hears another one is ready.
    case snoopStarted(String)
    case dialStatus(channel: String, status: String)
    case hangUpRequested(channel: String, CallRelease.Request)
    /// A channel is gone; all nil when its end was not heard.
    case channelEnded(channel: String, cause: Int?, technical: Int?, at: EventStamp? = nil)
    /// A channel that was looked for is there: an order to hang it up may not have been carried out.
    case channelLives(String)
    /// A channel lives on outside of our application: a telephone transferred it by itself, or the dialplan has it.
    case channelLeft(channel: String)
    /// `at`: by the clock of the exchange; nil when it did not tell.
    case keyPressed(channel: String, digit: String, at: Date? = nil)
    /// The hold key of a telephone itself.
    case telephoneHeld(channel: String, isHeld: Bool)
    case playbackFinished(id: String)
    /// Seconds as far as the exchange told.
    case recordingFinished(name: String, seconds: Int?, spoken: Int?)
    case recordingFailed(name: String, reason: String)
    /// The exchange has taken an order to dial a citizen: when the order went out, and when it was answered.
    case dialTaken(channel: String, orderedAt: Date, answeredAt: Date)
    /// The exchange refused to ring or to dial; the channel never was.
    case originateRefused(channel: String)
    /// The exchange refused to say something.
    case sayingRefused(id: String)

    case setOperator(SetOperatorState)
    case control(ControlCall)
    case supervise(SuperviseCall)
    case dial(DialCitizen)
    case callCitizen(CallCitizen)
    /// Time has passed.
    case tick

    /// The exchange is away: nothing is assigned or dialled.
    case exchangeLost
    /// What the exchange holds, after a connection or a start. `known`: the channels that were known before it was
    /// asked. `freshIDs` for calls that are not known yet, at least one a channel. `isRestarted`: it came back empty.
    case exchangeRead(ExchangeSnapshot, known: Set<String>, freshIDs: [UUID], isRestarted: Bool)
    /// What the exchange holds, while all goes on. `known` as above.
    case exchangeSwept(ExchangeSnapshot, known: Set<String>)
}

extension LineInput {
    /// Taken although too much waits already: whoever did not hear it would go on as if connected.
    var isAlwaysTaken: Bool {
        if case .exchangeLost = self { true } else { false }
    }
}

/// What a request is answered.
enum LineAnswer: Sendable, Equatable {
    case done
    case operatorView(OperatorView)
    case callView(CallView)
}
