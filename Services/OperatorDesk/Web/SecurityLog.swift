import Hummingbird
import Logging
import ServiceSupport

/// What the security officer reads: who signed in and out, who was refused, from where. Accounts and addresses of machines
/// only; what somebody typed as a name may be a password and is never written.
struct SecurityLog: Sendable {
    let logger: Logger
    let proxies: TrustedProxies

    /// Where a request comes from: see `TrustedProxies`. Nil when the connection has no address.
    func address(of request: Request, _ context: DeskContext) -> IPAddress? {
        context.remoteAddress?.ipAddress.flatMap { IPAddress($0) }.map { peer in
            self.proxies.client(peer: peer, forwarded: request.headers[.init("X-Forwarded-For")!])
        }
    }

    func signedIn(_ account: Account, _ request: Request, _ context: DeskContext) {
        self.write("signed in", account.id, request, context)
    }

    /// - Parameter account: nil when there is none of that name.
    func notSignedIn(_ account: String?, _ error: DeskError, _ request: Request, _ context: DeskContext) {
        self.write("sign-in refused", account, request, context, ["reason": "\(error.errorID)"])
    }

    func signedOut(_ account: Account, _ request: Request, _ context: DeskContext) {
        self.write("signed out", account.id, request, context)
    }

    func refused(_ error: DeskError, of account: Account?, _ request: Request, _ context: DeskContext) {
        // The path as it was declared: ids are in none.
        self.write(
            "access refused", account?.id, request, context,
            [
                "reason": "\(error.errorID)", "method": "\(request.method.rawValue)",
                "path": "\(context.endpointPath ?? "?")",
            ])
    }

    private func write(
        _ what: Logger.Message, _ account: String?, _ request: Request, _ context: DeskContext,
        _ more: Logger.Metadata = [:]
    ) {
        var metadata = more
        metadata["account"] = "\(account ?? "unknown")"
        metadata["address"] = "\(self.address(of: request, context).map { "\($0)" } ?? "unknown")"
        self.logger.notice(what, metadata: metadata)
    }
}
