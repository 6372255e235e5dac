import Foundation
import HTTPTypes
import Hummingbird
import Messaging

/// JSON in and out, as the contracts write it.
enum JSON {
    /// Bytes of a request's body at most: two long texts and the fields around them.
    private static let limit = 64 * 1024

    static func body<Value: Decodable>(_ request: Request, as type: Value.Type = Value.self) async throws -> Value {
        let buffer = try await request.body.collect(upTo: Self.limit)
        return try MessageCoding.decoder.decode(Value.self, from: Data(buffer.readableBytesView))
    }

    static func response(_ value: some Encodable) throws -> Response {
        self.response(json: try MessageCoding.encoder.encode(value))
    }

    /// JSON as another service wrote it.
    static func response(json: Data, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(bytes: json)))
    }

    static func response(_ error: DeskError) -> Response {
        struct Body: Encodable {
            let errorID: String
            let message: String
        }
        let body = (try? MessageCoding.encoder.encode(Body(errorID: error.errorID, message: error.message))) ?? Data()
        return self.response(json: body, status: error.status)
    }
}
