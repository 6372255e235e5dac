import Foundation
import Hummingbird

/// Recordings, for everybody who is signed in; who may hear which is decided where they lie.
struct RecordingRoutes: Sendable {
    let desk: Desk
    let relay: RecordingRelay

    func add(to api: RouterGroup<DeskContext>) {
        api.get("/recordings/:id") { request, context in try await self.play(request, context) }
        api.head("/recordings/:id") { request, context in try await self.play(request, context) }
    }

    private func play(_ request: Request, _ context: DeskContext) async throws -> Response {
        let account = try await self.desk.account(of: request)
        return try await self.relay.response(
            to: request, recording: try context.parameters.require("id", as: UUID.self), for: account)
    }
}
