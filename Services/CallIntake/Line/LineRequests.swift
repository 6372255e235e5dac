import Contracts
import Foundation
import Messaging

/// The requests that the owner of the line answers.
struct LineRequests: Sendable {
    let driver: LineDriver
    let store: LineStore

    var handlers: [RequestHandler] {
        [
            .read(GetLine.self) { _ in await self.driver.view },
            // Each is idempotent by the ids in it, and is answered after its commit.
            .effect(SetOperatorState.self) { request, _ in
                guard case .operatorView(let view) = try await self.driver.ask(.setOperator(request)) else {
                    throw LineDriver.Closed()
                }
                return view
            },
            .effect(HangUpCall.self) { request, _ in
                _ = try await self.driver.ask(.hangUp(request))
                return Done()
            },
            .effect(DialCitizen.self) { request, _ in
                // An attempt of an earlier life of the line is in the database only.
                if try await !self.store.isDialled(request.attemptID) {
                    _ = try await self.driver.ask(.dial(request))
                }
                return Done()
            },
        ]
    }
}
