import Foundation
import HTTPTypes
import Hummingbird

/// Style, scripts and pictures: read once at start, answered from memory with an entity tag.
struct StaticFiles: Sendable {
    private struct File: Sendable {
        let content: ByteBuffer
        let type: String
        let tag: String
    }
    private let files: [String: File]

    private static let types = [
        "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
        "png": "image/png", "woff2": "font/woff2",
    ]

    init(directory: URL) throws {
        var files: [String: File] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
            guard let type = Self.types[(name as NSString).pathExtension] else { continue }
            let content = try Data(contentsOf: directory.appendingPathComponent(name))
            files[name] = File(content: ByteBuffer(bytes: content), type: type, tag: EntityTag.of(content))
        }
        self.files = files
    }

    func response(_ name: String, on request: Request) throws -> Response {
        guard let file = self.files[name] else { throw DeskError.notFound }
        let headers: HTTPFields = [.contentType: file.type, .eTag: file.tag, .cacheControl: "no-cache"]
        guard request.headers[.ifNoneMatch] != file.tag else { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: file.content))
    }
}
