/// What the exchange wants done outside of it, in order.
enum ExchangeOutput: Sendable {
    /// A text frame for the socket of an application.
    case event(application: String, [UInt8])
    /// Call `fire` after so many seconds.
    case timer(seconds: Double, ExchangeTimer)
}

/// Something due later. A timer of a leg names one life of its channel and is void after it.
enum ExchangeTimer: Sendable, Equatable {
    case originateStarts(channel: String, serial: Int)
    case originateResolves(channel: String, serial: Int)
    case callerActs(channel: String, serial: Int, generation: Int)
    case fallbackEnds(channel: String, serial: Int)
    case nextCall(traffic: Int)
    case playbackEnds(id: String, serial: Int)
    case keyPressed(channel: String, serial: Int, digit: String)
    case messageEnds(channel: String, serial: Int, generation: Int)
    case recordingEnds(name: String, serial: Int)
    case replay(run: Int, generation: Int)
}
