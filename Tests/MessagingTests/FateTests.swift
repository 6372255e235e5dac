import Foundation
import Testing

@testable import Messaging

struct FateTests {
    private enum Word: String { case known }

    /// Until it is parked: how many attempts, and after how long.
    private func life(of error: any Error) -> (attempts: Int, waited: Duration) {
        var waited: Duration = .zero
        var attempt = 1
        while case .later(let delay, _) = Fate(of: error, attempt: attempt, waited: waited) {
            waited += delay
            attempt += 1
        }
        return (attempt, waited)
    }

    @Test("B-103 Whoever asks for a second is tried again for a day, and not every second")
    func aboutADay() {
        let life = self.life(of: RetryLater(reason: "not yet", after: .seconds(1)))
        #expect(life.waited <= .seconds(86_400) && life.waited > .seconds(86_400 - 300))
        // 300 s with jitter from half of it.
        #expect((290...620).contains(life.attempts))
    }

    @Test("B-103 The longer of what is asked and the back-off counts") func longer() {
        func delay(_ asked: Duration?, _ attempt: Int) -> Duration? {
            guard
                case .later(let delay, _) = Fate(
                    of: RetryLater(reason: "x", after: asked), attempt: attempt, waited: .zero)
            else { return nil }
            return delay
        }
        #expect(delay(.seconds(3600), 1) == .seconds(3600))
        for attempt in 1...40 {
            let waits = delay(.seconds(1), attempt) ?? .zero
            let backoff = min(300, pow(2, Double(attempt - 1)))
            #expect(waits >= .seconds(max(1, backoff / 2)) && waits <= .seconds(max(1, backoff)))
        }
    }

    @Test("C-212 What a later version can handle waits for it; what is broken is parked at once") func kinds() {
        func waits(_ error: any Error) -> Bool {
            if case .later = Fate(of: error, attempt: 1, waited: .zero) { true } else { false }
        }
        #expect(waits(UnknownWord(Word.self)))
        #expect(waits(MalformedMessage(reason: "unknown-type", description: "no handler for x version 2")))
        #expect(!waits(Broken()))
        #expect(!waits(MalformedMessage(reason: "not-decodable", description: "the field x is not valid")))
        #expect(
            Fate(of: RetryLater(reason: "not yet"), attempt: 500, waited: .seconds(86_399))
                == .parked(MalformedMessage(reason: "handler-failed", description: "not yet")))
    }
}
