extension Exchange {
    private static let directions: Set<String> = ["none", "both", "out", "in"]

    /// `POST /channels/{id}/snoop[/{snoopId}]`: a channel that hears the other one, or is heard by it, and enters
    /// Stasis by itself. It ends with the channel it listens to.
    mutating func snoop(on channel: ExchangeChannel, _ command: ExchangeCommand) -> ExchangeAnswer {
        let spy = command.parameter("spy") ?? "none"
        let whisper = command.parameter("whisper") ?? "none"
        guard Self.directions.contains(spy) else { return .refused(400, "Invalid direction specified for spy") }
        guard Self.directions.contains(whisper) else {
            return .refused(400, "Invalid direction specified for whisper")
        }
        guard spy != "none" || whisper != "none" else {
            return .refused(400, "Direction must be specified for at least spy or whisper")
        }
        guard let application = command.parameter("app"), !application.isEmpty else {
            return .refused(400, "Application name is required")
        }
        let id =
            command.path.count == 4 ? command.path[3] : command.parameter("snoopId") ?? self.nextChannelID()
        guard self.channels[id] == nil else {
            self.statistics.duplicateChannelIDs += 1
            return .refused(500, "Snoop channel could not be created")
        }
        let serial = self.nextSerial()
        let digits = String(serial, radix: 16)
        var snoop = ExchangeChannel(
            id: id, serial: serial,
            name: "Snoop/\(channel.id)-" + String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits,
            state: "Up", protocolID: "", caller: Party(), connected: Party(), context: "default", exten: "s",
            priority: 1, appName: "", appData: "", creationTime: self.stamp, createdAt: self.now,
            isOriginated: false, role: .snoop(channel.id))
        snoop.targetApplication = application
        snoop.stasisArguments = (command.parameter("appArgs") ?? "").split(separator: ",").map(String.init)
        snoop.variables = ["SPY": spy, "WHISPER": whisper]
        self.channels[channel.id]?.snoops.append(id)
        self.add(snoop)
        let answer = ExchangeAnswer.ok(snoop.json)
        self.enterStasis(id)
        return answer
    }
}
