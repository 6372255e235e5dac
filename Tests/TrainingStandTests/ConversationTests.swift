import Foundation
import Testing

@testable import TrainingStand

@Suite struct ConversationTests {
    /// The caller's conversation, drawn, as the plan of this exchange has it.
    private func talk(_ virtual: VirtualExchange, _ caller: String) throws -> Double {
        guard case .caller(let plan)? = virtual.exchange.channels[caller]?.role else {
            throw CancellationError()
        }
        return plan.talk
    }

    @Test func aHeldCallerNeitherTalksNorLosesPatience() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one(talk: 100, patience: 1))
        let talk = try self.talk(virtual, caller)
        virtual.operatorAnswers("op")
        virtual.talk("talk", caller, "op")
        virtual.advance(talk / 2)
        virtual.command("POST", "bridges/talk/removeChannel", ["channel": caller])
        virtual.command("POST", "channels/\(caller)/moh")
        virtual.advance(10_000)
        #expect(virtual.isAlive(caller))
        virtual.command("POST", "bridges/talk/addChannel", ["channel": caller])
        virtual.advance(talk / 2 - 1)
        #expect(virtual.isAlive(caller))
        virtual.advance(2)
        #expect(!virtual.isAlive(caller))
        #expect(virtual.exchange.statistics.ended == 1)
        #expect(virtual.exchange.statistics.answered == 1)
    }

    @Test func conversationsBreakOneAfterTheOther() throws {
        var virtual = VirtualExchange.connected()
        let callers = try (0..<4).map { number in
            let caller = try virtual.callerIsUp(.one())
            virtual.operatorAnswers("op\(number)", number: "100\(number + 1)")
            virtual.talk("talk\(number)", caller, "op\(number)")
            return caller
        }
        let alone = try virtual.callerIsUp(.one())
        let broken = virtual.perform { $0.breakConversations(cause: 38, within: 2) }
        #expect(broken == 4)
        virtual.advance(0.9)
        #expect(callers.map(virtual.isAlive) == [false, false, true, true])
        let first = try #require(virtual.events("ChannelDestroyed").last)
        #expect(first["cause"] == 38)
        virtual.advance(1)
        #expect(!callers.contains(where: virtual.isAlive) && virtual.isAlive(alone))
        #expect(virtual.exchange.statistics.broken == ["38": 4])
    }

    @Test func aCallerMayTireOfTheHold() throws {
        var virtual = VirtualExchange.connected()
        var plan = TrafficPlan.one(talk: 1000)
        plan.holdPatience = 20
        let caller = try virtual.callerIsUp(plan)
        virtual.operatorAnswers("op")
        virtual.talk("talk", caller, "op")
        virtual.command("POST", "channels/\(caller)/hold")
        virtual.advance(19)
        #expect(virtual.isAlive(caller))
        virtual.advance(2)
        #expect(!virtual.isAlive(caller))
        #expect(virtual.exchange.statistics.leftOnHold == 1)
        #expect(virtual.exchange.statistics.ended == 1)
    }

    @Test func aCallerAloneWithoutMusicWaitsAsLongAsThePatience() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one(talk: 1000, patience: 3))
        virtual.operatorAnswers("op")
        virtual.talk("talk", caller, "op")
        virtual.command("DELETE", "channels/op")
        virtual.advance(29)
        #expect(virtual.isAlive(caller))
        virtual.advance(2)
        #expect(!virtual.isAlive(caller))
    }

    @Test func musicInABridgeHoldsTheOneWhoIsLeftInIt() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one(talk: 100_000, patience: 3))
        virtual.operatorAnswers("op")
        virtual.talk("talk", caller, "op")
        virtual.command("POST", "bridges/talk/moh")
        virtual.talk("consulting", "op")
        virtual.advance(1000)
        #expect(virtual.isAlive(caller))
        virtual.command("POST", "bridges/talk/addChannel", ["channel": "op"])
        virtual.command("DELETE", "bridges/talk/moh")
        #expect(virtual.exchange.channels[caller]?.isTalking == true)
    }

    @Test func aConferenceOfThreeIsAConversationUntilOneIsLeft() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one(talk: 1_000_000, patience: 1))
        virtual.operatorAnswers("op")
        virtual.talk("talk", caller, "op")
        virtual.command(
            "POST", "channels/clinic", ["endpoint": "PJSIP/+78452000000@trunk122", "app": "call-intake"])
        virtual.perform { $0.outcomes.citizenTalk = 10_000 }
        virtual.advance(2)
        virtual.command("POST", "bridges/talk/addChannel", ["channel": "clinic"])
        #expect(virtual.command("GET", "bridges/talk").body?["technology"] == "softmix")
        virtual.command("DELETE", "channels/op")
        virtual.advance(5)
        #expect(virtual.exchange.channels[caller]?.isTalking == true)
        #expect(virtual.exchange.channels["clinic"]?.isTalking == true)
        virtual.command("DELETE", "channels/clinic")
        virtual.advance(11)
        #expect(!virtual.isAlive(caller))
    }

    @Test func anOperatorsTelephoneHangsUpAfterItsSecondsOfConversation() throws {
        var virtual = VirtualExchange.connected()
        virtual.perform { $0.outcomes.operatorHangUps = ["1001": 3] }
        let first = try virtual.callerIsUp(.one(talk: 1000))
        let second = try virtual.callerIsUp(.one(talk: 1000))
        virtual.operatorAnswers("op")
        virtual.talk("one", first, "op")
        virtual.advance(2)
        virtual.talk("two", second, "op")
        virtual.advance(0.9)
        #expect(virtual.isAlive("op"))
        virtual.advance(0.2)
        #expect(!virtual.isAlive("op"))
        #expect(virtual.isAlive(second))
        #expect(virtual.exchange.statistics.operatorHangUps == 1)
        let end = virtual.events("ChannelDestroyed").last { TraceReader.channel(of: $0) == "op" }
        #expect(end?["cause"] == 16)
    }

    @Test func aSlowTelephoneRingsItsOwnTime() {
        var virtual = VirtualExchange.connected()
        virtual.perform { $0.outcomes.rings = ["1001": 9] }
        virtual.operatorAnswers("op")
        virtual.advance(8)
        #expect(virtual.exchange.channels["op"]?.state == "Ringing")
        virtual.advance(2)
        #expect(virtual.exchange.channels["op"]?.state == "Up")
    }

    @Test(
        arguments: [(38, false, 38, 38), (44, false, 44, 44), (nil, false, 16, 16), (nil, true, 16, 32)]
            as [(Int?, Bool, Int, Int)])
    func anyLivingChannelIsHungUpFromOutside(cause: Int?, soft: Bool, ends: Int, requested: Int) throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one())
        virtual.operatorAnswers("op")
        virtual.talk("talk", caller, "op")
        virtual.perform { $0.release(caller, cause: cause, technical: nil, isSoft: soft) }
        let end = virtual.events("ChannelDestroyed").last
        #expect(end?["cause"]?.int == ends)
        #expect(end?["tech_cause"]?.int == (cause == 38 ? 500 : nil))
        let request = virtual.events("ChannelHangupRequest").first { TraceReader.channel(of: $0) == caller }
        #expect((request?["cause"]?.int ?? requested) == requested)
        let statistics = virtual.exchange.statistics
        #expect(statistics.ended + statistics.broken.values.reduce(0, +) == 1)
    }
}
