public import Messaging

/// Every event of the suite and who listens to it. The topology of the broker is made from this table and from
/// nothing else; a consumer that handles other events than stand here for it refuses to start. An event that stands
/// here for nobody (`recording.stored`, `recording.failed`, `recording.erased`, `supervision.changed`) is published without `mandatory`.
public enum Contracts {
    public static let registry = ContractRegistry(subscriptions: [
        .callIntake: [],
        .callbackDialer: [
            EventType(CallReceived.self), EventType(CallAnswered.self), EventType(CallEnded.self),
            EventType(DialStarted.self), EventType(DialFinished.self), EventType(VoiceFinished.self),
            EventType(AppealOutcomeReady.self), EventType(AppealOutcomeWithdrawn.self), EventType(AppealClosed.self),
            EventType(BookingConfirmed.self), EventType(BookingFailed.self), EventType(BookingCancelled.self),
        ],
        .booking: [EventType(CallbackAnswered.self)],
        .journal: [
            EventType(CallReceived.self), EventType(CallAnswered.self), EventType(CallEnded.self),
            EventType(CallOffered.self), EventType(CallTransferred.self), EventType(MessageLeft.self),
            EventType(OutsideLegEnded.self),
            EventType(BookingConfirmed.self), EventType(BookingFailed.self), EventType(BookingCancelled.self),
            EventType(CallbackRequested.self), EventType(CallbackFinished.self), EventType(CallbackAnswered.self),
            EventType(SurveyFinished.self), EventType(MessageFinished.self),
        ],
        .notifier: [
            EventType(AppealRegistered.self), EventType(AppealForwarded.self),
            EventType(BookingConfirmed.self), EventType(BookingCancelled.self),
            EventType(CallbackRequested.self), EventType(CallbackFinished.self),
        ],
        .operatorDesk: [
            EventType(CallReceived.self), EventType(CallAnswered.self), EventType(CallEnded.self),
            EventType(CallOffered.self), EventType(OperatorChanged.self),
            EventType(AppealDrafted.self), EventType(AppealContinued.self), EventType(AppealRegistered.self),
            EventType(AppealChanged.self), EventType(AppealOffered.self), EventType(AppealNoted.self),
            EventType(SecretaryMessageKept.self),
            EventType(AppealForwarded.self),
            EventType(BookingConfirmed.self), EventType(BookingFailed.self), EventType(BookingCancelled.self),
            EventType(CallbackRequested.self), EventType(CallbackFinished.self),
        ],
    ])
}
