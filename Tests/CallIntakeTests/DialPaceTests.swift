import Contracts
import Foundation
import Messaging
import Testing
import Vocabulary

@testable import CallIntake

@Suite struct DialPaceTests {
    private func pace(
        onLine: Int, free: Int, waiting: Int = 0, underWay: Int = 0, service: Double = 180, share: Double = 0.25
    ) -> Bool {
        DialPace(
            onLine: onLine, free: free, waitingBefore: waiting, underWay: underWay, meanService: service, share: share
        ).mayDial
    }

    @Test("C-07 Callbacks take no operator who is needed by those who wait, and leave a share for those who call in")
    func share() {
        #expect(self.pace(onLine: 8, free: 3))
        #expect(!self.pace(onLine: 8, free: 2), "two of eight are kept")
        #expect(!self.pace(onLine: 8, free: 3, waiting: 1))
        #expect(!self.pace(onLine: 8, free: 3, underWay: 1), "a dial under way needs one of them")
        #expect(self.pace(onLine: 8, free: 4, underWay: 1))
        #expect(self.pace(onLine: 2, free: 1), "a small shift keeps nobody: half of nobody is nobody")
        #expect(!self.pace(onLine: 0, free: 0), "nobody is there")
    }

    @Test("C-07 In a loaded hour whose turn it is gets called, no more at once than operators come free")
    func turn() {
        #expect(self.pace(onLine: 4, free: 0))
        #expect(!self.pace(onLine: 4, free: 0, underWay: 1))
        #expect(!self.pace(onLine: 4, free: 0, waiting: 1), "who has waited longer comes first")
        // Sixty operators with calls of three minutes: 3.75 come free while a telephone rings.
        #expect(self.pace(onLine: 60, free: 0, underWay: 2))
        #expect(!self.pace(onLine: 60, free: 0, underWay: 3))
    }

    // MARK: On the line

    private func request(
        _ call: UUID, _ kind: CallbackKind, since moment: Date?, number: String = "+79990000009"
    ) throws -> DialCitizen {
        DialCitizen(
            attemptID: CallbackIdentity.attempt(of: call, 1), callbackID: CallbackIdentity.callback(of: call),
            number: try PhoneNumber(parsing: number), preferredOperatorID: nil, originalCallID: call, kind: kind,
            placeAt: moment)
    }

    @Test("C-07 A callback without an operator for it is refused and dialled by nobody; a broken call is dialled")
    func refused() throws {
        var scene = LineScene()
        let paced = try self.request(UUID(), .requested, since: scene.now)
        let refusal = #expect(throws: Refusal.self) { try scene.give(.dial(paced)) }
        #expect(refusal?.errorID == "no-operator-free" && refusal?.verdict == .notNow(for: .seconds(1)))
        #expect(scene.dialled.isEmpty && scene.dials.isEmpty)
        try scene.give(.dial(try self.request(UUID(), .brokenCall, since: nil)))
        #expect(scene.dialled.count == 1)
        try scene.ready("1")
        try scene.ready("2")
        try scene.give(.dial(paced))
        #expect(scene.dialled.count == 2)
    }

    @Test("C-07 Who is called back stands where the first call stood: before those who came later, behind the earlier")
    func keepsPlace() throws {
        var scene = LineScene()
        let first = scene.call("a")
        scene.now += 10
        let asked = scene.now
        scene.now += 10
        let last = scene.call("c")
        try scene.ready("1")
        // The only operator has the first caller; whose turn it is next is the one who asked.
        scene.pickUp(first)
        let original = UUID()
        try scene.give(.dial(try self.request(original, .requested, since: asked)))
        let channel = try #require(scene.dialled.first)
        let answered = UUID()
        scene.happen(
            .citizenAnswered(
                channel: channel, attemptID: CallbackIdentity.attempt(of: original, 1), callID: answered))
        #expect(scene.calls[answered]?.state == .waiting)
        try scene.ready("2")
        #expect(scene.calls[answered]?.state == .ringing && scene.calls[last]?.state == .waiting)
    }

    @Test("C-07 Who asked for a callback waits behind those who have waited longer")
    func waitsForTurn() throws {
        var scene = LineScene()
        scene.call("a")
        scene.now += 10
        let paced = try self.request(UUID(), .requested, since: scene.now)
        try scene.ready("1")
        // The first caller rings; nobody else is free, nobody waits before: whose turn it is.
        try scene.give(.dial(paced))
        #expect(scene.dialled.count == 1)
        scene.call("b")
        let next = try self.request(UUID(), .requested, since: scene.now.addingTimeInterval(1))
        let refusal = #expect(throws: Refusal.self) { try scene.give(.dial(next)) }
        #expect(refusal?.errorID == "no-operator-free" && refusal?.verdict == .notNow(for: .seconds(1)))
    }

    @Test("C-01 The centre's own number is dialled neither by request nor by the line itself")
    func ownNumber() throws {
        var plan = LinePlan.bare
        plan.dialing.ownNumbers = [try PhoneNumber(parsing: "88452411327")]
        var scene = LineScene(plan: plan)
        let request = try self.request(UUID(), .brokenCall, since: nil, number: "+78452411327")
        let refusal = #expect(throws: Refusal.self) { try scene.give(.dial(request)) }
        #expect(refusal?.errorID == "own-number")
        try scene.ready("1")
        let call = scene.call("a", from: "+78452411327")
        scene.pickUp(call)
        scene.end("a", cause: 38, technical: 500)
        scene.pass(60)
        #expect(scene.dialled.isEmpty && scene.dials.isEmpty)
    }

    @Test("C-02 A citizen who was called back and lost before an operator was there is no new broken call")
    func lostBeforeOperator() throws {
        var scene = LineScene()
        let original = UUID()
        try scene.give(.dial(try self.request(original, .brokenCall, since: nil)))
        let channel = try #require(scene.dialled.first)
        scene.happen(
            .citizenAnswered(channel: channel, attemptID: CallbackIdentity.attempt(of: original, 1), callID: UUID()))
        scene.now += 20
        scene.end(channel, cause: 38, technical: 500)
        let ended = try #require(scene.events(CallEnded.self).last)
        #expect(ended.answeredAt == nil && ended.callbackID == CallbackIdentity.callback(of: original))
        scene.now += 60
        scene.happen(.tick)
        #expect(scene.dialled.count == 1)
    }
}
