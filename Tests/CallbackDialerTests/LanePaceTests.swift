import Contracts
import Messaging
import Testing

@testable import CallbackDialer

@Suite struct LanePaceTests {
    private static let away = Verdict.notNow(for: .seconds(1))

    /// Requests that a lane makes in an outage of `length`, by a clock of the test.
    private static func requests(_ lane: DialLane, due: Int, of verdict: Verdict, in length: Duration) -> Int {
        var pace = LanePace(lane)
        var now = ContinuousClock.now
        let end = now + length
        var count = 0
        while now < end {
            if let rest = pace.rest(at: now) {
                now += rest
                continue
            }
            let asked =
                switch pace.round {
                case .full(let limit): min(limit, due)
                case .probe: min(2, due)
                }
            count += asked
            pace.note(Array(repeating: verdict, count: asked), at: now)
            // An answer takes time: a loop without rests would not end.
            now += .milliseconds(1)
        }
        return count
    }

    @Test(
        "B-101 In an hour without the exchange, whatever is due, a handful of requests a second",
        arguments: [Verdict.notNow(for: .seconds(1)), .notNow(for: .milliseconds(1)), .tryAgain])
    func outage(verdict: Verdict) {
        let hour = Duration.seconds(3600)
        // 3,000 reminders alone: less than one a second.
        #expect(Self.requests(.voice, due: 3000, of: verdict, in: hour) < 3600)
        let all = DialLane.allCases.reduce(0) { $0 + Self.requests($1, due: 3000, of: verdict, in: hour) }
        #expect(all < 5 * 3600)
        #expect(all > 3600, "nobody would notice that the exchange is back")
    }

    @Test("B-101 C-01 The first probe that is taken ends the rest, and broken calls are probed for each second")
    func back() {
        var pace = LanePace(.urgent)
        let start = ContinuousClock.now
        #expect(pace.round == .full(128))
        for second in 0..<600 {
            pace.note([Self.away, Self.away], at: start + .seconds(second))
            #expect(pace.round == .probe)
            let rest = pace.rest(at: start + .seconds(second)) ?? .zero
            #expect(rest > .zero && rest <= .seconds(1))
        }
        pace.note([.done, Self.away], at: start + .seconds(600))
        #expect(pace.round == .full(128) && pace.rest(at: start + .seconds(600)) == nil)
    }

    @Test("B-101 A no for good, or a number that is busy now, keeps nobody else waiting")
    func others() {
        var pace = LanePace(.operator)
        let now = ContinuousClock.now
        pace.note([.refused, .notNow(for: .seconds(10))], at: now)
        #expect(pace.round == .full(8) && pace.rest(at: now) == nil)
        pace.note([.notNow(for: .seconds(10))], at: now)
        #expect(pace.rest(at: now) == .seconds(2))
    }

    @Test("B-101 An operator who is away keeps the promises of the others from nobody; an exchange that is away does")
    func promises() {
        var pace = LanePace(.personal)
        let now = ContinuousClock.now
        let absent = Array(repeating: Verdict.notNow(for: .seconds(10)), count: 8)
        pace.note(absent, at: now)
        #expect(pace.round == .full(8) && pace.rest(at: now) == nil)
        pace.note(absent + [Self.away], at: now)
        #expect(pace.round == .probe && pace.rest(at: now) != nil)
        pace.note(absent, at: now)
        #expect(pace.round == .probe, "nor does it say that the exchange is back")
    }

    @Test("B-101 Being woken does not end a rest")
    func woken() {
        var pace = LanePace(.voice)
        let now = ContinuousClock.now
        for _ in 0..<5 { pace.note([.tryAgain], at: now) }
        #expect(pace.rest(at: now + .seconds(4)) == .seconds(1))
        #expect(pace.rest(at: now + .seconds(5)) == nil)
    }

    @Test("B-101 Promises of one operator wait in a lane of their own")
    func lanes() {
        #expect(DialLane(.deferredAnswer, operatorID: "operator1") == .personal)
        #expect(DialLane(.deferredAnswer, operatorID: nil) == .operator)
        #expect(DialLane(.brokenCall, operatorID: "operator1") == .urgent)
        #expect(DialLane(.requested, operatorID: "operator1") == .operator)
        #expect(DialLane(.survey, operatorID: nil) == .voice)
    }
}
