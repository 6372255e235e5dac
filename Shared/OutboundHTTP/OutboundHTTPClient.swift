public import Logging
public import ServiceLifecycle

/// Requests to the outside, and mail, through libcurl on one thread.
///
/// Usable at once; `run()` only waits for the graceful shutdown. Connections are kept and used again. Every transfer
/// ends: by its response, its deadline, its size limit or the cancellation of its task. A task's cancellation shows as
/// an `OutboundHTTPError` of kind `.cancelled`, because whether the request went out matters then too.
public final class OutboundHTTPClient: Service, Sendable {
    private let configuration: OutboundHTTPConfiguration
    private let loop: CurlLoop

    public init(logger: Logger, configuration: OutboundHTTPConfiguration = .init()) {
        self.configuration = configuration
        self.loop = CurlLoop(configuration, logger: logger)
    }

    deinit { self.loop.stop(grace: self.configuration.shutdownGrace) }

    /// Returns after a graceful shutdown, when the last transfer has ended or `shutdownGrace` has passed; a cancelled
    /// task ends the transfers at once.
    public func run() async throws {
        do {
            try await gracefulShutdown()
            self.loop.stop(grace: self.configuration.shutdownGrace)
        } catch {
            self.loop.stop(grace: .zero)
        }
        await self.loop.ended()
    }

    /// The whole response, up to `maximumResponseBytes`.
    /// - Throws: `OutboundHTTPError`. A status of 4xx or 5xx is a response.
    public func execute(_ request: OutboundRequest) async throws -> OutboundResponse {
        let transfer = CurlTransfer(
            try CurlPlan(request), delivery: .collected(maximumBytes: request.maximumResponseBytes), loop: self.loop)
        try await transfer.finished()
        return transfer.takeResponse()
    }

    /// Status and headers at once, the body as its reader takes it. The deadline covers the body too, also while the
    /// reader is slow; `maximumResponseBytes` counts all of it.
    public func stream(_ request: OutboundRequest) async throws -> OutboundStreamingResponse {
        let transfer = CurlTransfer(
            try CurlPlan(request),
            delivery: .streamed(
                maximumBytes: request.maximumResponseBytes, bufferBytes: self.configuration.streamBufferBytes),
            loop: self.loop)
        let owner = OutboundResponseBody.Owner(transfer)
        let head = try await transfer.headReceived()
        return OutboundStreamingResponse(
            status: head.status, headers: head.headers, body: OutboundResponseBody(owner: owner))
    }

    /// Hands `mail` to a mail server; returns when the server has taken it for every recipient.
    /// - Parameter url: `smtp://` (port 25) or `smtps://` (465), `user:password@host:port`, percent-encoded. `smtp`
    ///   demands STARTTLS unless the URL ends in `?starttls=offered` or `?starttls=never`.
    /// - Throws: `OutboundHTTPError`, with `.smtp(code)` for a refusal.
    public func send(_ mail: OutboundMail, over url: String, deadline: Duration) async throws {
        let transfer = CurlTransfer(
            try CurlPlan(mail, over: url, deadline: deadline), delivery: .collected(maximumBytes: 1 << 20),
            loop: self.loop)
        try await transfer.finished()
    }
}
