import Foundation
import Postgres
import ServiceLifecycle
import TestSupport
import Testing

@testable import OperatorDesk

/// Live streams belong to sessions.
@Suite(.timeLimit(.minutes(10))) struct StreamEndTests {
    @Test(
        "D-301 A live stream ends with its session: signed out, blocked, idle for an hour, older than twelve",
        arguments: [
            nil, "UPDATE account SET is_active = false WHERE id = 'operator1'",
            "UPDATE session SET last_seen_at = now() - interval '61 minutes'",
            "UPDATE session SET created_at = now() - interval '13 hours'",
            "DELETE FROM session",
        ] as [String?])
    func ends(order: String?) async throws {
        try await DeskServer.run { desk in
            let cookie = try await desk.cookie()
            // Known and remembered by now.
            #expect(try await desk.ask("GET", "/api/me", cookie: cookie).status == 200)
            let stream = try desk.stream(cookie)
            #expect(await stream.read(until: ": connected").hasPrefix("HTTP/1.1 200"))
            if let order {
                try await desk.database.runScript(order)
            } else {
                #expect(try await desk.ask("DELETE", "/api/session", cookie: cookie).status == 204)
            }
            // The last chunk: the stream came to its end, the connection did not break.
            #expect(await stream.read(until: "0\r\n\r\n").hasSuffix("0\r\n\r\n"))
        }
    }

    @Test("D-301 H A blocked account is refused at once, though it was known a moment ago")
    func blocked() async throws {
        try await DeskServer.run { desk in
            let cookie = try await desk.cookie()
            let stream = try desk.stream(cookie)
            _ = await stream.read(until: ": connected")
            #expect(try await desk.ask("GET", "/api/me", cookie: cookie).status == 200)
            try await desk.database.execute("UPDATE account SET is_active = false WHERE id = 'operator1'")
            // The end of the stream is the sign that this replica has heard of it.
            _ = await stream.read(until: "0\r\n\r\n")
            #expect(try await desk.ask("GET", "/api/me", cookie: cookie).status == 401)
        }
    }

    @Test("D-301 Signing out at one replica ends the streams at another, and what it remembers")
    func otherReplica() async throws {
        try await DeskServer.run { desk in
            let hub = LiveHub(database: desk.database, logger: quietLogger())
            let other = Sessions(store: AccountStore(database: desk.database), hub: hub, logger: quietLogger())
            let group = ServiceGroup(
                configuration: .init(services: [.init(service: hub), .init(service: other)], logger: quietLogger()))
            let running = Task { try await group.run() }
            let cookie = try await desk.cookie()
            let second = try await desk.cookie()
            let (token, stays) = (
                String(cookie.drop { $0 != "=" }.dropFirst()), String(second.drop { $0 != "=" }.dropFirst())
            )
            let stream = try await other.listen(token: token)
            _ = try await other.listen(token: stays)
            #expect(try await other.account(token: token)?.id == "operator1")
            #expect(try await desk.ask("DELETE", "/api/session", cookie: cookie).status == 204)
            for await _ in stream {}
            #expect(try await other.account(token: token) == nil)
            #expect(try await other.account(token: stays) != nil)
            await #expect(throws: DeskError.notSignedIn) { try await other.listen(token: token) }
            await group.triggerGracefulShutdown()
            try await running.value
        }
    }

    @Test("D-301 A changed role or telephone ends the streams as well: the page comes back with what is right now")
    func changed() async throws {
        try await DeskServer.run { desk in
            let cookie = try await desk.cookie()
            let stream = try desk.stream(cookie)
            _ = await stream.read(until: ": connected")
            try await desk.database.execute("UPDATE account SET role = 'supervisor' WHERE id = 'operator1'")
            _ = await stream.read(until: "0\r\n\r\n")
            #expect(try await desk.ask("GET", "/api/me", cookie: cookie).json?["role"] == "supervisor")
        }
    }

    @Test("D-303 One page too many is told so")
    func bound() async throws {
        try await DeskServer.run { desk in
            let cookie = try await desk.cookie()
            let streams = try (0..<LiveHub.streamsOfAccount).map { _ in try desk.stream(cookie) }
            for stream in streams { _ = await stream.read(until: ": connected") }
            let refused = try await desk.ask("GET", "/api/events", cookie: cookie)
            #expect(refused.status == 429 && refused.errorID == "too-many-streams")
            withExtendedLifetime(streams) {}
        }
    }

    @Test("U-13 A stream on which nothing happens says by an event that it is alive")
    func beat() async throws {
        try await DeskServer.run { desk in
            let stream = try desk.stream(try await desk.cookie())
            #expect(await stream.read(until: LiveEvent.beat.frame).hasSuffix("\(LiveEvent.beat.frame)\r\n"))
        }
    }
}

extension DeskServer {
    /// A page's live stream, as it comes over the wire.
    func stream(_ cookie: String) throws -> RawConnection {
        let connection = try RawConnection(port: self.port)
        connection.send("GET /api/events HTTP/1.1\r\nHost: desk\r\nCookie: \(cookie)\r\n\r\n")
        return connection
    }
}
