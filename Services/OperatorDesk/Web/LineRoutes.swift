import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Messaging

/// The line: the operator's state, live calls, what happens.
struct LineRoutes: Sendable {
    let desk: Desk

    /// A sign of life for proxies and for the page.
    private static let heartbeat: Duration = .seconds(15)

    private struct StateChoice: Decodable {
        let state: OperatorState
    }

    func add(to api: RouterGroup<DeskContext>) {
        api.post("/state") { request, _ in
            let account = try await self.desk.operatorAccount(of: request)
            guard let telephone = account.telephone else { throw DeskError.notYours }
            let choice = try await JSON.body(request, as: StateChoice.self)
            return try JSON.response(
                try await self.desk.requests.ask(
                    SetOperatorState(
                        operatorID: account.id, displayName: account.displayName, telephone: telephone,
                        state: choice.state)))
        }
        api.get("/line") { request, _ in
            _ = try await self.desk.operatorAccount(of: request)
            return try JSON.response(try await self.desk.requests.ask(GetLine()))
        }
        api.delete("/calls/:id") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            return try JSON.response(
                try await self.desk.requests.ask(
                    HangUpCall(callID: try context.parameters.require("id", as: UUID.self), operatorID: account.id)))
        }
        api.get("/callbacks") { request, _ in
            _ = try await self.desk.operatorAccount(of: request)
            let callID = request.uri.queryParameters.get("callID").flatMap(UUID.init(uuidString:))
            return try JSON.response(try await self.desk.requests.ask(ListCallbacks(callID: callID)))
        }
        api.get("/events") { request, _ in
            self.events(for: try await self.desk.account(of: request))
        }
    }

    private func events(for account: Account) -> Response {
        let stream = self.desk.hub.listen(as: account)
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
            body: .init { writer in
                // The page sees at once that it is connected.
                try await writer.write(ByteBuffer(string: ": connected\n\n"))
                let (lines, continuation) = AsyncStream.makeStream(of: String.self)
                let pump = Task {
                    for await event in stream {
                        continuation.yield("event: \(event.kind)\ndata: \(event.data)\n\n")
                    }
                    continuation.finish()
                }
                let beat = Task {
                    while (try? await Task.sleep(for: Self.heartbeat)) != nil { continuation.yield(": \n\n") }
                }
                defer {
                    pump.cancel()
                    beat.cancel()
                }
                for await line in lines { try await writer.write(ByteBuffer(string: line)) }
                try await writer.finish(nil)
            })
    }
}
