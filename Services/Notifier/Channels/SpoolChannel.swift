import Foundation
import Glibc

/// Writes each message as a file of its own, named by its id: written twice it is still one message. Another
/// program, an SMS gateway's or a person's, takes the files from there.
struct SpoolChannel: Sendable {
    let directory: URL

    private struct File: Encodable {
        let id: UUID
        let recipient: String
        let template: String
        let text: String
    }

    /// Returns when the file is on the disk.
    func deliver(_ message: OutgoingMessage, text: String) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let content = try encoder.encode(
            File(id: message.id, recipient: message.recipient.address, template: message.template, text: text))
        let name = message.id.uuidString.lowercased()
        let temporary = self.directory.appendingPathComponent(".\(name).part")
        let final = self.directory.appendingPathComponent("\(name).json")
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            // Not on the cooperative pool: it waits for the disk.
            DispatchQueue.global(qos: .utility).async {
                continuation.resume(
                    with: Result {
                        guard
                            FileManager.default.createFile(
                                atPath: temporary.path, contents: nil, attributes: [.posixPermissions: 0o600])
                        else { throw CocoaError(.fileWriteUnknown) }
                        let file = try FileHandle(forWritingTo: temporary)
                        try file.write(contentsOf: content)
                        try file.synchronize()
                        try file.close()
                        guard unsafe rename(temporary.path, final.path) == 0 else {
                            throw CocoaError(.fileWriteUnknown)
                        }
                    })
            }
        }
    }
}
