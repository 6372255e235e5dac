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
        /// The telephone to work on; nil for the account's own.
        let telephone: String?
    }

    func add(to api: RouterGroup<DeskContext>) {
        api.post("/state") { request, _ in
            let account = try await self.desk.operatorAccount(of: request)
            guard account.role == .operator else { throw DeskError.notYours }
            let choice = try await JSON.body(request, as: StateChoice.self)
            guard let telephone = try Telephone.read(choice.telephone) ?? account.telephone else {
                throw DeskError.noTelephone
            }
            return try await self.desk.relay(
                SetOperatorState(
                    operatorID: account.id, displayName: account.displayName, telephone: telephone,
                    state: choice.state, breakReason: choice.breakReason, skills: account.skills,
                    isFirstLevel: account.isFirstLevel))
        }
        api.get("/line") { request, _ in
            let account = try await self.desk.operatorAccount(of: request)
            return JSON.response(json: try await self.desk.line.json(for: account))
        }
        api.get("/line/plan") { request, _ in
            _ = try await self.desk.operatorAccount(of: request)
            return try await self.desk.relay(GetLinePlan())
        }
        api.get("/directory") { request, _ in
            _ = try await self.desk.operatorAccount(of: request)
            return try JSON.response(try await self.desk.accounts.directory())
        }
        api.get("/indicators") { request, _ in
            let (from, to) = try await self.period(of: request)
            return try await self.desk.relay(GetCallIndicators(from: from, to: to))
        }
        api.get("/indicators/callbacks") { request, _ in
            let (from, to) = try await self.period(of: request)
            return try await self.desk.relay(GetCallbackIndicators(from: from, to: to))
        }
        api.get("/surveys") { request, _ in
            let (from, to) = try await self.period(of: request)
            let query = try Query(request)
            return try await self.desk.relay(
                GetSurveyResults(
                    from: from, to: to, organizationID: try query.text("organizationID"),
                    operatorID: try query.text("operatorID")))
        }
        api.get("/events") { request, _ in
            try await self.events(request)
        }
    }

    /// What is asked about, by who is in charge.
    private func period(of request: Hummingbird.Request) async throws -> (from: Date, to: Date) {
        _ = try await self.desk.accountInCharge(of: request)
        let query = try Query(request)
        let (from, to) = (try query.moment("from"), try query.moment("to"))
        guard from < to else { throw DeskError.parameter("to", "Начало периода должно быть раньше его конца") }
        return (from, to)
    }

    private func events(_ request: Hummingbird.Request) async throws -> Response {
        guard let token = self.desk.token(of: request) else { throw DeskError.notSignedIn }
        let frames = try await self.desk.sessions.listen(token: token)
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
            body: .init { writer in
                for await frame in frames { try await writer.write(frame) }
                try await writer.finish(nil)
            })
    }
}
