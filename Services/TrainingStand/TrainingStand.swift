import ArgumentParser

/// The exchange and the МИС that people and tests practise on: nothing of it ever runs in production.
@main
struct TrainingStand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "training-stand",
        abstract: "Учебный стенд: телефонная станция (ARI Asterisk 22) и МИС (N3 HubService), которых на деле нет.",
        subcommands: [Serve.self])
}
