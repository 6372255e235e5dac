import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import OutboundHTTP
import Statements

/// Hands recordings from call-intake to the browser, as they come, with a statement of who listens. Whether he may,
/// call-intake decides.
struct RecordingRelay: Sendable {
    /// For the whole of one answer: a player that is paused leaves its connection open and goes on with a range later.
    private static let deadline: Duration = .seconds(3600)
    private static let asked: [HTTPField.Name] = [.range, .ifRange]
    private static let answered: [HTTPField.Name] = [
        .contentType, .contentRange, .acceptRanges, .eTag, .cacheControl,
    ]

    /// Nil when it is not set up.
    let access: CallIntakeAccess?
    let client: OutboundHTTPClient
    let logger: Logger

    /// What a client of many listeners needs: each holds a connection as long as it plays.
    static let configuration: OutboundHTTPConfiguration = {
        var configuration = OutboundHTTPConfiguration()
        configuration.maximumConnectionsPerHost = 256
        configuration.maximumConnections = 256
        // A paused player would only be waited for.
        configuration.shutdownGrace = .seconds(1)
        return configuration
    }()

    /// - Parameter holdsCard: the account holds the card that this message belongs to.
    /// - Throws: `DeskError`.
    func response(
        to request: Request, recording: UUID, holdsCard: Bool = false, for account: Account
    ) async throws -> Response {
        guard let access else { throw DeskError.notPlayedHere }
        let path = "/v1/recordings/\(recording.uuidString.lowercased())" + (holdsCard ? "?ground=own-card" : "")
        var outgoing = OutboundRequest(
            method: request.method.rawValue, url: access.url + path, deadline: Self.deadline)
        outgoing.maximumResponseBytes = 1 << 32
        outgoing.headers = [
            (
                Statement.header,
                try access.signer.sign(
                    actor: account.id, organization: account.organizationID, role: account.role.rawValue,
                    method: outgoing.method, path: path)
            )
        ]
        for name in Self.asked {
            if let value = request.headers[name] { outgoing.headers.append((name.rawName, value)) }
        }
        let answer: OutboundStreamingResponse
        do {
            answer = try await self.client.stream(outgoing)
        } catch let error as OutboundHTTPError {
            self.logger.warning("call-intake gave no recording", metadata: ["error": "\(error)"])
            throw DeskError.unavailable
        }
        // The browser has a session; that our own statement was refused is our own fault.
        guard answer.status != 401 else {
            self.logger.error("call-intake did not believe our statement: compare the keys and the clocks")
            throw DeskError.failed
        }
        return try Self.response(answer, to: request)
    }

    private static func response(_ answer: OutboundStreamingResponse, to request: Request) throws -> Response {
        var headers = HTTPFields()
        for name in Self.answered { headers[name] = answer.header(name.rawName) }
        let length = answer.header("Content-Length").flatMap { Int($0) }
        guard request.method != .head else {
            if let length { headers[.contentLength] = "\(length)" }
            return Response(status: .init(code: answer.status), headers: headers)
        }
        let body = answer.body
        return Response(
            status: .init(code: answer.status), headers: headers,
            body: .init(contentLength: length) { writer in
                for try await bytes in body { try await writer.write(ByteBuffer(bytes: bytes)) }
                try await writer.finish(nil)
            })
    }
}

extension DeskError {
    static let notPlayedHere = DeskError(
        status: .serviceUnavailable, errorID: "not-set-up",
        message: "Прослушивание записей не настроено. Сообщите администратору.")
    static let unavailable = DeskError(
        status: .serviceUnavailable, errorID: "unavailable",
        message: "Служба временно недоступна. Повторите через минуту.")
}
