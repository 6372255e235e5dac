import Contracts
import Foundation
import Hummingbird

/// Recordings, for everybody who is signed in; who may hear which is decided where they lie. With `?appeal=` whoever
/// holds that card hears the message that belongs to it (T-03).
struct RecordingRoutes: Sendable {
    let desk: Desk
    let relay: RecordingRelay
    let cards: CardAccess

    func add(to api: RouterGroup<DeskContext>) {
        api.get("/recordings/:id") { request, context in try await self.play(request, context) }
        api.head("/recordings/:id") { request, context in try await self.play(request, context) }
    }

    private func play(_ request: Request, _ context: DeskContext) async throws -> Response {
        let account = try await self.desk.account(of: request)
        let id = try context.parameters.require("id", as: UUID.self)
        return try await self.relay.response(
            to: request, recording: id, holdsCard: try await self.holdsCard(account, of: id, request), for: account)
    }

    private func holdsCard(_ account: Account, of recording: UUID, _ request: Request) async throws -> Bool {
        guard let appealID = try Query(request).uuid("appeal") else { return false }
        let appeal = try await self.cards.appeal(appealID, for: account)
        return CardAccess.mayChange(account, appeal)
            && appeal.messages?.contains { $0.recordingID == recording } == true
    }
}
