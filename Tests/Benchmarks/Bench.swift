import ArgumentParser

/// `line122-bench`: what the messaging can do here, each figure beside the limit of the same run. `make bench` starts
/// the servers and sets `LINE122_TEST_POSTGRES_URL` and `LINE122_TEST_AMQP_URL`.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "line122-bench",
        subcommands: [Events.self, Requests.self, Answerer.self, LineLoad.self, Breaks.self, Pending.self])
}
