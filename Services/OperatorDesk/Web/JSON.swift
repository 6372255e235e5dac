import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Messaging
import NIOCore

/// JSON in and out, as the contracts write it.
enum JSON {
    /// Bytes of a request's body at most: two long texts and the fields around them.
    private static let limit = 64 * 1024

    /// - Throws: `DeskError` for a body that is too long, not said to be JSON, none, or lacks a field, or a field that its parser refuses; it
    ///   names the field. `Refusal` for a character that no text of ours holds.
    static func body<Value: Decodable>(_ request: Request, as type: Value.Type = Value.self) async throws -> Value {
        // A form of another page cannot say so.
        guard request.headers[.contentType]?.lowercased().hasPrefix("application/json") == true else {
            throw DeskError.notJSON
        }
        let json: Data
        do {
            json = Data(try await request.body.collect(upTo: Self.limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw DeskError.tooLarge
        }
        return try self.read(json)
    }

    static func read<Value: Decodable>(_ json: Data, as type: Value.Type = Value.self) throws -> Value {
        try ControlCharacters.check(self.withoutLoneSurrogates(json))
        do {
            return try MessageCoding.decoder.decode(Value.self, from: json)
        } catch let error as DecodingError {
            throw DeskError(error)
        }
    }

    /// Halves of characters (`\ud83d` without its other half) become U+0000, which is as little a text: so the field that
    /// holds one is found and named. The decoder would only say that the whole is no JSON.
    static func withoutLoneSurrogates(_ json: Data) -> Data {
        // Most bodies have no escape at all.
        guard json.range(of: Data(#"\u"#.utf8)) != nil else { return json }
        var bytes = Array(json)
        /// The number of the escape `\uXXXX` at `index`.
        func escape(at index: Int) -> UInt16? {
            guard index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u")
            else { return nil }
            return UInt16(String(decoding: bytes[index + 2..<index + 6], as: UTF8.self), radix: 16)
        }
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            guard let unit = escape(at: index) else {
                index += 2
                continue
            }
            let isPair = UTF16.isLeadSurrogate(unit) && escape(at: index + 6).map(UTF16.isTrailSurrogate) == true
            if !isPair, (0xD800...0xDFFF).contains(unit) {
                bytes.replaceSubrange(index + 2..<index + 6, with: Array("0000".utf8))
            }
            index += isPair ? 12 : 6
        }
        return Data(bytes)
    }

    static func response(_ value: some Encodable) throws -> Response {
        self.response(json: try MessageCoding.encoder.encode(value))
    }

    /// JSON as another service wrote it. The tag is for who asks again: see `DeskMiddleware`.
    static func response(json: Data, status: HTTPResponse.Status = .ok) -> Response {
        var headers: HTTPFields = [.contentType: "application/json; charset=utf-8"]
        if status == .ok { headers[.eTag] = EntityTag.of(json) }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: json)))
    }

    static func response(_ error: DeskError) -> Response {
        struct Body: Encodable {
            let errorID: String
            let message: String
            /// The member of the body or the parameter that is wrong; absent when it is none in particular.
            let field: String?
        }
        let body = Body(errorID: error.errorID, message: error.message, field: error.field)
        var response = self.response(
            json: (try? MessageCoding.encoder.encode(body)) ?? Data(), status: error.status)
        if let seconds = error.retryAfter { response.headers[.retryAfter] = "\(seconds)" }
        return response
    }
}

/// What tells two answers apart (RFC 9110, 8.8.3).
enum EntityTag {
    static func of(_ content: Data) -> String {
        let digest = SHA256.hash(data: content).prefix(12).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 0xF, radix: 16)
        }
        return "\"\(digest.joined())\""
    }
}
