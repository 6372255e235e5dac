import ServiceSupport

/// What the callback dialer is told besides `CommonSettings`.
struct CallbackDialerSettings: Sendable {
    /// `CALLBACK_ATTEMPTS`, default 3: dials in all; fewer than 2 are refused (C-02).
    /// `CALLBACK_SPACING_SECONDS`, default 30: from the end of an attempt to the next.
    let rules: CallbackRules

    init(_ settings: Settings) throws {
        self.rules = CallbackRules(
            maximumAttempts: try settings.integer(
                "CALLBACK_ATTEMPTS", default: 3, in: CallbackRules.minimumAttempts...20),
            spacing: Double(try settings.integer("CALLBACK_SPACING_SECONDS", default: 30, in: 1...3600)))
    }
}
