import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Messaging

/// The line: the operator's state, live calls, what happens.
struct LineRoutes: Sendable {
    let desk: Desk

    private struct StateChoice: Decodable {
        let state: OperatorState
        let breakReason: String?
    }

    func add(to api: RouterGroup<DeskContext>) {
        api.post("/state") { request, _ in
            let account = try await self.desk.operatorAccount(of: request)
            guard let telephone = account.telephone else { throw DeskError.notYours }
            let choice = try await JSON.body(request, as: StateChoice.self)
            return try await self.desk.relay(
                SetOperatorState(
                    operatorID: account.id, displayName: account.displayName, telephone: telephone,
                    state: choice.state, breakReason: choice.breakReason))
        }
        api.get("/line") { request, _ in
            _ = try await self.desk.operatorAccount(of: request)
            return try await self.desk.relay(GetLine())
        }
        api.delete("/calls/:id") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            return try await self.desk.relay(
                ControlCall(
                    callID: try context.parameters.require("id", as: UUID.self), operatorID: account.id,
                    action: .hangUp))
        }
        api.get("/callbacks") { request, _ in
            _ = try await self.desk.operatorAccount(of: request)
            let callID = request.uri.queryParameters.get("callID").flatMap(UUID.init(uuidString:))
            return try await self.desk.relay(ListCallbacks(callID: callID))
        }
        api.get("/events") { request, _ in
            self.events(for: try await self.desk.account(of: request))
        }
    }

    private func events(for account: Account) -> Response {
        let frames = self.desk.hub.listen(as: account)
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
            body: .init { writer in
                for await frame in frames { try await writer.write(frame) }
                try await writer.finish(nil)
            })
    }
}
