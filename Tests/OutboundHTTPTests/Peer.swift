import Foundation

/// The Python peer of `Tests/Fixtures/OutboundHTTP`, one for all tests of the process; it ends with its input.
final class Peer: Sendable {
    struct Ports: Decodable, Sendable {
        let http: Int
        let https: Int
        let smtp: Int
        let smtpTLS: Int
        let refused: Int
        let certificate: String
    }

    struct Mail: Decodable, Sendable {
        let from: String
        let to: [String]
        let data: String
        let tls: Bool
        let auth: [String]?
    }

    struct Stats: Decodable, Sendable {
        let counts: [String: Int]
        let sent: [String: Int]
        let connections: Int
        let mails: [Mail]
    }

    static let shared = Result { try Peer() }

    let ports: Ports
    // Held so that the pipe to the peer stays open as long as this process lives.
    private let input = Pipe()

    private init() throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/OutboundHTTP/peer.py")
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", script.path]
        process.standardInput = self.input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while !line.contains(UInt8(ascii: "\n")) {
            let part = output.fileHandleForReading.availableData
            guard !part.isEmpty else { throw CocoaError(.fileReadUnknown) }
            line.append(part)
        }
        self.ports = try JSONDecoder().decode(Ports.self, from: line)
    }

    var http: String { "http://127.0.0.1:\(self.ports.http)" }
}
