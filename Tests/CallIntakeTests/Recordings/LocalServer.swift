import Foundation
import Hummingbird
import Logging
import ServiceLifecycle
import TestSupport
import Testing

/// Serves a router on a port of its own while `body` runs.
func withServer<Context: InitializableFromSource & RequestContext>(
    _ router: Router<Context>, _ body: (_ url: String) async throws -> Void
) async throws where Context.Source == ApplicationRequestContextSource {
    let (ports, continuation) = AsyncStream.makeStream(of: Int?.self)
    let application = Application(
        router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { continuation.yield($0.localAddress?.port) }, logger: quietLogger())
    let group = ServiceGroup(configuration: .init(services: [.init(service: application)], logger: quietLogger()))
    let running = Task { try await group.run() }
    let result: Result<Void, any Error>
    do {
        var iterator = ports.makeAsyncIterator()
        let port = try #require(await iterator.next() ?? nil)
        try await body("http://127.0.0.1:\(port)")
        result = .success(())
    } catch {
        result = .failure(error)
    }
    await group.triggerGracefulShutdown()
    try await running.value
    try result.get()
}
