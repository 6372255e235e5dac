import ArgumentParser
import Foundation

/// `line122`: the whole suite on one machine, and its administration.
@main
struct Line122: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "line122",
        abstract: "Линия122 на одной машине: запуск, состояние, остановка.",
        subcommands: [
            Up.self, Down.self, Status.self, Replay.self, Demo.self, Parked.self, ResendEvents.self, Servers.self,
            Prompts.self, AccountCommand.self,
        ])

    /// As ArgumentParser does it, but ends without the handlers of `exit(3)`: they take tables away that a C client's
    /// thread may still use for closing its connections, and a demo that had passed died with signal 6.
    static func main() async {
        do {
            var command = try self.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            fflush(nil)
            _exit(0)
        } catch {
            let code = self.exitCode(for: error)
            let message = self.fullMessage(for: error)
            if !message.isEmpty {
                let stream = code.isSuccess ? FileHandle.standardOutput : FileHandle.standardError
                // When nobody reads, the exit status still says it.
                try? stream.write(contentsOf: Data("\(message)\n".utf8))
            }
            fflush(nil)
            _exit(code.rawValue)
        }
    }
}
