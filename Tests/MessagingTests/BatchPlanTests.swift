import Foundation
import Testing

@testable import Messaging

struct BatchPlanTests {
    private func event(_ subject: String, _ version: Int64, type: String = "order.placed") -> EventEnvelope {
        EventEnvelope(
            id: MessageID.next(), source: "booking", type: type, version: 1, subject: subject,
            subjectVersion: version, time: Date(timeIntervalSince1970: 0), traceparent: nil, body: [])
    }

    @Test(
        arguments: [
            (1, SubjectOrder.Verdict.drop), (5, .drop), (6, .handle), (7, .wait), (Int64.max, .wait),
        ] as [(Int64, SubjectOrder.Verdict)])
    func everyHandlesTheNextVersionOnly(version: Int64, verdict: SubjectOrder.Verdict) {
        #expect(SubjectOrder.every.verdict(version: version, position: 5) == verdict)
    }

    @Test(
        arguments: [
            (1, SubjectOrder.Verdict.drop), (5, .drop), (6, .handle), (7, .handle),
        ] as [(Int64, SubjectOrder.Verdict)])
    func latestHandlesAnyHigherVersion(version: Int64, verdict: SubjectOrder.Verdict) {
        #expect(SubjectOrder.latest.verdict(version: version, position: 5) == verdict)
    }

    @Test func eachHandlesAnyVersion() {
        #expect(SubjectOrder.each.verdict(version: 1, position: 5) == .handle)
    }

    @Test func typesThatDoNotMeetInASubjectAreOneGroupEach() {
        let events = (1...10).map { self.event("a/\($0)", 1) } + (1...10).map { self.event("b/\($0)", 1, type: "x.y") }
        var generator = SeededGenerator(seed: 1)
        let plan = BatchPlan(events.shuffled(using: &generator), current: [:]) { _ in .every }
        #expect(plan.groups.count == 2)
        #expect(plan.groups.map(\.events.count).sorted() == [10, 10])
    }

    @Test func typesThatAlternateInASubjectKeepItsOrder() {
        let events = (1...6).map { self.event("a/1", $0, type: $0 % 2 == 0 ? "order.closed" : "order.placed") }
        var generator = SeededGenerator(seed: 1)
        let plan = BatchPlan(events.shuffled(using: &generator), current: [:]) { _ in .every }
        #expect(plan.groups.flatMap(\.events).map(\.subjectVersion) == [1, 2, 3, 4, 5, 6])
        #expect(plan.positions[SubjectKey(source: "booking", subject: "a/1")] == 6)
    }

    @Test func aSubjectOfTheSameNameInAnotherSourceHasItsOwnNumbers() {
        var other = self.event("a/1", 1)
        other.source = "journal"
        let plan = BatchPlan([self.event("a/1", 1), other], current: [:]) { _ in .every }
        #expect(plan.groups.flatMap(\.events).count == 2)
    }

    /// F-12 without servers: many subjects of two types, each delivery doubled, all shuffled, taken in batches of
    /// random size, whatever waits brought back as the inbox does. A failure names its seed.
    @Test(arguments: Array(UInt64(1)...60)) func shuffledAndDoubledDeliveriesEndInOrderOnce(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var deliveries: [EventEnvelope] = []
        var expected: [String: [Int64]] = [:]
        for subject in 0..<Int.random(in: 1...12, using: &generator) {
            let last = Int64.random(in: 1...15, using: &generator)
            expected["s/\(subject)"] = Array(1...last)
            for version in 1...last {
                let type = Bool.random(using: &generator) ? "order.placed" : "order.closed"
                let event = self.event("s/\(subject)", version, type: type)
                deliveries += [event, event]
            }
        }
        deliveries.shuffle(using: &generator)

        var handled: [String: [Int64]] = [:]
        var positions: [SubjectKey: Int64] = [:]
        var waiting: [EventEnvelope] = []
        var claimed: Set<UUID> = []
        while !deliveries.isEmpty {
            let count = min(deliveries.count, Int.random(in: 1...9, using: &generator))
            let batch = deliveries.prefix(count).filter { claimed.insert($0.id).inserted }
            deliveries.removeFirst(count)
            let keys = Set(batch.map(\.key))
            let plan = BatchPlan(batch + waiting.filter { keys.contains($0.key) }, current: positions) { _ in .every }
            for group in plan.groups {
                #expect(Set(group.events.map(\.routingKey)) == [group.routingKey])
                for event in group.events { handled[event.subject, default: []].append(event.subjectVersion) }
            }
            positions.merge(plan.positions) { $1 }
            waiting = waiting.filter { !keys.contains($0.key) } + plan.waiting
            #expect(plan.dropped.isEmpty)
        }
        #expect(handled == expected)
        #expect(waiting.isEmpty)
    }

    @Test(arguments: Array(UInt64(1)...20)) func latestEndsAtTheNewestWhateverTheOrder(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let events = (1...20).map { self.event("s/1", $0) }.shuffled(using: &generator)
        var position: [SubjectKey: Int64] = [:]
        var handled: [Int64] = []
        for event in events {
            let plan = BatchPlan([event], current: position) { _ in .latest }
            handled += plan.groups.flatMap(\.events).map(\.subjectVersion)
            position.merge(plan.positions) { $1 }
        }
        #expect(handled.last == 20)
        #expect(handled == handled.sorted())
    }
}
