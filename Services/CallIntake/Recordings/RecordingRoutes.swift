import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import NIOCore
import Postgres
import Statements

/// `GET` and `HEAD /v1/recordings/{id}`: the sound, in ranges, for whom the desk's statement names. `?ground=own-card`
/// is the desk's word that who asks holds the card of this message; the statement covers it.
struct RecordingRoutes: Sendable {
    let playback: RecordingPlayback
    let verifier: StatementVerifier
    let logger: Logger

    func add(to router: Router<some RequestContext>) {
        router.get("/v1/recordings/:id") { request, context in
            await self.response(to: request, id: context.parameters.get("id"), isHead: false)
        }
        router.head("/v1/recordings/:id") { request, context in
            await self.response(to: request, id: context.parameters.get("id"), isHead: true)
        }
    }

    private func response(to request: Request, id: String?, isHead: Bool) async -> Response {
        do {
            let statement = try self.verifier.verify(
                request.headers[HTTPField.Name(Statement.header)!], method: request.method.rawValue,
                path: request.head.path ?? "")
            guard let id = id.flatMap(UUID.init(uuidString:)) else { throw PlaybackRefusal.noSuchRecording }
            let opened = try await self.playback.open(
                id, by: statement, range: request.headers[.range], ifRange: request.headers[.ifRange],
                isHead: isHead, holdsCard: request.uri.queryParameters.get("ground") == "own-card")
            return try await self.response(opened, isHead: isHead)
        } catch let refusal as PlaybackRefusal {
            return Self.response(refusal)
        } catch let error as StatementError {
            self.logger.notice("a request was not believed", metadata: ["error": "\(error)"])
            return Self.response(.notSigned)
        } catch let error as PostgresError {
            self.failed(error, id)
            return Self.response(.unavailable)
        } catch {
            self.failed(error, id)
            return Self.response(.damaged)
        }
    }

    private func response(_ opened: RecordingPlayback.Opened, isHead: Bool) async throws -> Response {
        let size = opened.sound.sizeBytes
        var headers: HTTPFields = [
            .contentType: "audio/wav", .acceptRanges: "bytes", .eTag: opened.sound.entityTag,
            .cacheControl: "no-store", .contentLength: "\(opened.range.count)",
        ]
        if opened.isPart {
            headers[.contentRange] = "bytes \(opened.range.lowerBound)-\(opened.range.upperBound - 1)/\(size)"
        }
        guard !isHead else { return Response(status: .ok, headers: headers) }
        var reader = try self.playback.vault.reader(of: opened.sound, opened.range)
        // A file that does not open is an error, as long as it can still be said.
        guard let first = try await reader.next() else { throw RecordingCipher.Damaged() }
        let rest = reader
        return Response(
            status: opened.isPart ? .partialContent : .ok, headers: headers,
            body: .init(contentLength: opened.range.count) { writer in
                var reader = rest
                try await writer.write(ByteBuffer(bytes: first))
                while let bytes = try await self.next(&reader) { try await writer.write(ByteBuffer(bytes: bytes)) }
                try await writer.finish(nil)
            })
    }

    /// What goes wrong in the middle ends the connection, and the player sees that it is not whole.
    private func next(_ reader: inout RecordingReader) async throws -> [UInt8]? {
        do {
            return try await reader.next()
        } catch {
            self.failed(error, "\(reader.sound.recordingID)")
            throw error
        }
    }

    private func failed(_ error: any Error, _ id: String?) {
        Counter(label: "recording_play_failures_total").increment()
        self.logger.error(
            "a recording could not be played",
            metadata: ["recording": "\(id ?? "")", "error": "\(RecordingFetcher.safe(error))"])
    }

    private static func response(_ refusal: PlaybackRefusal) -> Response {
        struct Body: Encodable {
            let errorID: String
            let message: String
            let reason: String?
        }
        let body = Body(errorID: refusal.errorID, message: refusal.message, reason: refusal.reason)
        var headers: HTTPFields = [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"]
        if let size = refusal.size { headers[.contentRange] = "bytes */\(size)" }
        let json = (try? JSONEncoder().encode(body)) ?? Data()
        return Response(status: refusal.status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: json)))
    }
}
