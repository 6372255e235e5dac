/// When a program that died is started again. A pure rule: no clock inside.
struct RestartRule: Sendable {
    static let first = Duration.milliseconds(500)
    static let longest = Duration.seconds(30)
    /// Who lived this long is forgiven what was before.
    static let healthy = Duration.seconds(60)

    private var failures = 0

    /// The pause before the next start, after a life of `lifetime`: doubled with each early death.
    mutating func pause(after lifetime: Duration) -> Duration {
        if lifetime >= Self.healthy { self.failures = 0 }
        let pause = min(Self.longest, Self.first * (1 << min(self.failures, 10)))
        self.failures += 1
        return pause
    }
}
