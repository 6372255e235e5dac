import Foundation
import Mustache

/// The texts of messages, from `Templates/*.mustache`.
struct MessageTexts: Sendable {
    private let library: MustacheLibrary

    init(directory: URL) async throws {
        self.library = try await MustacheLibrary(directory: directory.path)
    }

    /// The texts that the service ships with.
    static func bundled() async throws -> MessageTexts {
        try await MessageTexts(
            directory: Bundle.module.bundleURL.appendingPathComponent("Templates", isDirectory: true))
    }

    /// - Returns: nil when there is no such template.
    func render(_ message: OutgoingMessage) -> String? {
        // An empty parameter is an absent one: its section is left out.
        self.library.render(message.parameters.filter { !$0.value.isEmpty }, withTemplate: message.template)?
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
