import Foundation
import OutboundHTTP
import TestSupport

/// The Python mail server of `Tests/Fixtures/OutboundHTTP`, one for all tests of the process; it ends with its input.
/// It cuts off mail to `drop@` after the text, puts off `later@` and refuses `nobody@`.
final class MailPeer: Sendable {
    private struct Ports: Decodable {
        let http: Int
        let smtp: Int
    }
    private struct Stats: Decodable {
        let mails: [Mail]
    }
    struct Mail: Decodable {
        let from: String
        let to: [String]
        let data: String
    }

    static let shared = Result { try MailPeer() }

    private let ports: Ports
    // Held so that the pipe to the peer stays open as long as this process lives.
    private let input = Pipe()

    private init() throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/OutboundHTTP/peer.py")
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
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

    var server: String { "smtp://127.0.0.1:\(self.ports.smtp)?starttls=never" }

    func mails(to address: String) async throws -> [Mail] {
        let client = OutboundHTTPClient(logger: quietLogger())
        let response = try await client.execute(OutboundRequest(url: "http://127.0.0.1:\(self.ports.http)/stats"))
        return try JSONDecoder().decode(Stats.self, from: Data(response.body)).mails
            .filter { mail in mail.to.contains { $0.hasPrefix("<\(address)>") } }
    }
}
