import Crypto
import Foundation

/// `manifest.lock.json`: what `line122 prompts` wrote into a folder, so that it renders nothing twice and knows a file
/// that a region put in its place.
struct PromptLock: Codable, Sendable, Equatable {
    /// One file that we wrote. All values are SHA-256 in hexadecimal digits.
    struct Entry: Codable, Sendable, Equatable {
        /// Of what was said and by which voice.
        let source: String
        /// Of the file as it was written, and of the one before it: the lock is written first, and after a crash
        /// between the two the folder still holds the one before.
        let sounds: [String]
    }

    /// Grows when sounds are shaped in another way: all are rendered anew then.
    static let format = 1

    /// Who spoke last: the next run takes the same voice unless it is told another.
    var voice: String?
    var prompts: [String: Entry] = [:]

    static func file(in folder: URL) -> URL { folder.appendingPathComponent("manifest.lock.json") }

    /// Nothing known when there is no file.
    /// - Throws: `SuiteError` when the file is damaged: without it every file would look like a region's own.
    init(folder: URL) throws {
        let file = Self.file(in: folder)
        guard let data = FileManager.default.contents(atPath: file.path) else { return }
        do {
            self = try JSONDecoder().decode(Self.self, from: data)
        } catch {
            throw SuiteError("Файл \(file.path) повреждён: удалите его и выполните line122 prompts --force")
        }
    }

    static func source(of prompt: Prompt, voice: String) -> String {
        let said = prompt.tone.map { $0.map { "\($0.hertz)/\($0.milliseconds)" }.joined(separator: " ") }
        return Self.hash(Data("\(Self.format)\n\(said ?? "\(voice)\n\(prompt.words)")".utf8))
    }

    static func hash(_ data: Data) -> String {
        SHA256.hash(data: data).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
