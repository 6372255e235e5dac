import Foundation
import Logging
import NIOCore
import Postgres
import ServiceLifecycle
import TestSupport
import Testing

@testable import OperatorDesk

@Suite struct LiveEventTests {
    @Test("A live event survives the way through a payload", arguments: [nil, "operator1"] as [String?])
    func line(operatorID: String?) throws {
        let event = LiveEvent(kind: "card", operatorID: operatorID, audience: .own, data: #"{"text":"a\tb\nc"}"#)
        #expect(LiveEvent(line: event.line) == event)
    }

    @Test(
        "What is no live event is none",
        arguments: ["", "call", "call\toperator1\tall", "call\toperator1\tnobody\t{}", "\t\tall\t{}"])
    func notALine(text: String) {
        #expect(LiveEvent(line: text) == nil)
    }

    @Test("Events share payloads up to the limit of PostgreSQL; one that is too long says: read anew")
    func payloads() {
        func event(_ size: Int) -> LiveEvent {
            LiveEvent(kind: "call", operatorID: nil, audience: .all, data: String(repeating: "x", count: size))
        }
        #expect(LiveChannel.payloads([]).isEmpty)
        let payloads = LiveChannel.payloads([event(3000), event(3000), event(3000), event(9000), event(10)])
        #expect(payloads.allSatisfy { $0.utf8.count < 8000 })
        let read = payloads.flatMap { $0.split(separator: "\n") }.map { LiveEvent(line: $0) }
        #expect(read == [event(3000), event(3000), event(3000), .refetch, event(10)])
    }
}

@Suite struct LiveHubTests {
    private static let own = Account(
        id: "operator1", displayName: "", role: .operator, telephone: nil, organizationID: nil)
    private static let other = Account(
        id: "operator2", displayName: "", role: .operator, telephone: nil, organizationID: nil)
    private static let administrator = Account(
        id: "admin", displayName: "", role: .administrator, telephone: nil, organizationID: nil)
    private static let clinic = Account(
        id: "clinic", displayName: "", role: .organization, telephone: nil, organizationID: "gp-1")

    @Test("J-04 Live events go to whom they concern at once, to all a moment later, nothing to organizations")
    func audiences() async throws {
        try await Self.withHub { hub in
            let accounts = [Self.own, Self.other, Self.administrator, Self.clinic]
            let streams = try accounts.map { try hub.listen(as: $0, session: Data()) }
            let personal = LiveEvent(kind: "card", operatorID: "operator1", audience: .own, data: "1")
            let general = LiveEvent(kind: "call", operatorID: "operator1", audience: .all, data: "2")
            #expect(hub.deliver(personal) && hub.deliver(general))
            hub.flush()
            #expect(!hub.deliver(.refetch))
            let connected = ": connected\n\n"
            let refetch = LiveEvent.refetch.frame
            let expected = [
                [connected, personal.frame, general.frame, general.frame, refetch],
                [connected, general.frame, refetch],
                [connected, personal.frame + general.frame, refetch],
                [connected, refetch],
            ]
            for (stream, frames) in zip(streams, expected) {
                #expect(await Self.take(frames.count, of: stream) == frames)
            }
        }
    }

    @Test("What was gathered before everything is read anew is not told again")
    func refetchDropsGathered() async throws {
        try await Self.withHub { hub in
            let stream = try hub.listen(as: Self.other, session: Data())
            _ = hub.deliver(LiveEvent(kind: "call", operatorID: nil, audience: .all, data: "1"))
            _ = hub.deliver(.refetch)
            hub.flush()
            _ = hub.deliver(LiveEvent(kind: "call", operatorID: nil, audience: .all, data: "2"))
            hub.flush()
            let frames = await Self.take(3, of: stream)
            #expect(frames == [": connected\n\n", LiveEvent.refetch.frame, "event: call\ndata: 2\n\n"])
        }
    }

    @Test("A workplace that does not read is let go, so that it comes back and reads the state anew")
    func slow() async throws {
        try await Self.withHub { hub in
            let stream = try hub.listen(as: Self.own, session: Data())
            for _ in 0..<300 {
                _ = hub.deliver(LiveEvent(kind: "card", operatorID: "operator1", audience: .own, data: "{}"))
            }
            var count = 0
            for await _ in stream { count += 1 }
            #expect(count == 256)
        }
    }

    @Test("What a transaction announces reaches the workplaces after its commit, and not after a rollback")
    func overNotify() async throws {
        struct Undone: Error {}
        try await withTestDatabase(migrations: []) { database in
            let hub = LiveHub(database: database, logger: quietLogger())
            let stream = try hub.listen(as: Self.own, session: Data())
            let group = ServiceGroup(configuration: .init(services: [.init(service: hub)], logger: quietLogger()))
            let running = Task { try await group.run() }
            var frames = stream.makeAsyncIterator()
            // When the hub begins to listen it says that all is to be read anew.
            while let frame = await frames.next(), String(buffer: frame) != LiveEvent.refetch.frame {}
            func event(_ data: String) -> LiveEvent {
                LiveEvent(kind: "card", operatorID: "operator1", audience: .own, data: data)
            }
            await #expect(throws: Undone.self) {
                try await database.transaction { transaction in
                    try await LiveChannel.announce([event("lost")], in: transaction)
                    throw Undone()
                }
            }
            try await database.transaction { try await LiveChannel.announce([event("kept")], in: $0) }
            #expect(await frames.next().map { String(buffer: $0) } == event("kept").frame)
            await group.triggerGracefulShutdown()
            try await running.value
        }
    }

    @Test(
        "R-708 What is left of an event for other operators is not told to who is in charge, and messages not to level two"
    )
    func circles() async throws {
        try await Self.withHub { hub in
            let second = Account(
                id: "level2", displayName: "", role: .operator, telephone: nil, organizationID: nil,
                isFirstLevel: false)
            let streams = try [Self.own, Self.other, second, Self.administrator].map {
                try hub.listen(as: $0, session: Data())
            }
            func event(_ audience: LiveEvent.Audience, _ operatorID: String?, _ data: String) -> LiveEvent {
                LiveEvent(kind: "call", operatorID: operatorID, audience: audience, data: data)
            }
            let events = [
                event(.own, "operator1", "own"), event(.operators, nil, "rest"), event(.firstLevel, nil, "message"),
                event(.only, "operator2", "former"),
            ]
            for event in events { _ = hub.deliver(event) }
            hub.flush()
            _ = hub.deliver(.refetch)
            let expected = [["own", "rest", "message"], ["former", "rest", "message"], ["rest"], ["own", "message"]]
            for (stream, told) in zip(streams, expected) {
                let frames = told.map { event(.own, nil, $0).frame }
                var heard = ""
                for await frame in stream {
                    heard += String(buffer: frame)
                    if heard.hasSuffix(LiveEvent.refetch.frame) { break }
                }
                #expect(heard == ": connected\n\n" + frames.joined() + LiveEvent.refetch.frame)
            }
        }
    }

    @Test("D-301 The streams of a session end, and no other's; what a blocked account has not read is not told")
    func ends() async throws {
        try await Self.withHub { hub in
            let ended = try hub.listen(as: Self.own, session: Data([1]))
            let goesOn = try hub.listen(as: Self.own, session: Data([2]))
            let other = try hub.listen(as: Self.other, session: Data([3]))
            hub.end { _, session in session == Data([1]) }
            hub.end { account, _ in account.id == "operator2" }
            for await _ in ended {}
            for await _ in other {}
            #expect(hub.sessions == [Data([2])])
            _ = hub.deliver(.refetch)
            #expect(await Self.take(2, of: goesOn).last == LiveEvent.refetch.frame)
        }
    }

    @Test("D-303 One account has so many streams and no more; one that ends makes room")
    func bound() async throws {
        try await Self.withHub { hub in
            var streams = try (0..<LiveHub.streamsOfAccount).map { _ in try hub.listen(as: Self.own, session: Data()) }
            #expect(throws: DeskError.tooManyStreams) { try hub.listen(as: Self.own, session: Data()) }
            _ = try hub.listen(as: Self.other, session: Data())
            streams.removeLast()
            _ = try hub.listen(as: Self.own, session: Data())
        }
    }

    private static func withHub(_ body: (LiveHub) async throws -> Void) async throws {
        try await withTestDatabase(migrations: []) { database in
            try await body(LiveHub(database: database, logger: quietLogger()))
        }
    }

    private static func take(_ count: Int, of stream: LiveHub.Stream) async -> [String] {
        var frames: [String] = []
        for await frame in stream {
            frames.append(String(buffer: frame))
            if frames.count == count { break }
        }
        return frames
    }
}
