extension Exchange {
    /// A telephone's own transfer (REFER) of the other leg of its conversation to `extension`, as far as README
    /// point 19 of the recordings tells: one half of a Local channel takes the telephone's place in the bridge and
    /// enters Stasis with empty `args` and `replace_channel`; the telephone's leg ends; the caller is taken out of
    /// the application and talks on where it sees nothing. The half stays behind until somebody hangs it up.
    ///
    /// False if the leg is in no conversation that could be transferred.
    mutating func refer(_ id: String, to exten: String) -> Bool {
        guard let channel = self.channels[id], let application = channel.application, let bridge = channel.bridge,
            self.bridges[bridge]?.isMixing == true,
            let transferred = self.bridges[bridge]?.channels.first(where: { $0 != id }),
            let transferee = self.channels[transferred]
        else { return false }
        let half = self.localHalf(to: exten, application: application)
        self.add(half)
        self.emit(
            "BridgeBlindTransfer", channel: id, bridge: bridge,
            [
                ("replace_channel", half.json), ("transferee", transferee.json), ("exten", .string(exten)),
                ("context", .string(channel.context)), ("result", "Success"), ("is_external", true),
            ])
        if self.applications[application]?.isConnected == true {
            self.channels[half.id]?.application = application
            self.applications[application]?.subscribe(channel: half.id)
            self.emit(
                "StasisStart", channel: half.id, application: application,
                [("args", []), ("replace_channel", channel.json)])
            self.join(half.id, bridge)
        } else {
            // Nobody takes it in Stasis: the half is over as any channel is whose application is away.
            self.hangUp(half.id, request: nil, cause: 0)
        }
        self.hangUp(id, request: .remote(cause: 16), cause: 16)
        self.channels[transferred]?.isTransferred = true
        self.leaveBridge(transferred, keepsInterest: true)
        self.leaveStasis(transferred)
        if transferee.isCaller { self.statistics.transferred += 1 }
        return true
    }

    private mutating func localHalf(to exten: String, application: String) -> ExchangeChannel {
        let serial = self.nextSerial()
        let digits = String(serial, radix: 16)
        let name = "Local/\(exten)@from-operator-" + String(repeating: "0", count: max(0, 8 - digits.utf8.count))
        return ExchangeChannel(
            id: self.nextChannelID() + ";1", serial: serial, name: name + digits + ";1", state: "Up", protocolID: "",
            caller: Party(number: exten), connected: Party(), context: "from-operator", exten: exten, priority: 1,
            appName: "Stasis", appData: application, creationTime: self.stamp, createdAt: self.now,
            isOriginated: false, role: .localHalf)
    }
}
