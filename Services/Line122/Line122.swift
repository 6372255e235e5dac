import ArgumentParser

/// `line122`: the whole suite on one machine, and its administration.
@main
struct Line122: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "line122",
        abstract: "Линия122 на одной машине: запуск, состояние, остановка.",
        subcommands: [
            Up.self, Down.self, Status.self, Replay.self, Demo.self, Parked.self, ResendEvents.self, Servers.self,
            Prompts.self,
        ])
}
