/// One ARI application: what it is subscribed to, and whether a socket listens.
struct StasisApplication: Sendable {
    let name: String
    var isConnected = false
    var isSubscribedToAll = false
    /// How often the application is interested in a channel: by Stasis, by an originate, by request.
    private(set) var channels: [String: Int] = [:]
    private(set) var bridges: [String: Int] = [:]
    /// The same channels in order, as the answer to a subscription lists them.
    private var channelIDs = SortedIDs()
    var endpoints: Set<String> = []
    var devices: Set<String> = []
    var allowed: [String] = []
    var disallowed: [String] = []

    init(name: String) { self.name = name }

    var hasSubscriptions: Bool {
        !self.channels.isEmpty || !self.bridges.isEmpty || !self.endpoints.isEmpty || !self.devices.isEmpty
    }

    func accepts(_ type: String) -> Bool {
        !self.disallowed.contains(type) && (self.allowed.isEmpty || self.allowed.contains(type))
    }

    mutating func subscribe(channel: String) {
        self.channels[channel, default: 0] += 1
        self.channelIDs.insert(channel)
    }

    mutating func subscribe(bridge: String) { self.bridges[bridge, default: 0] += 1 }

    mutating func unsubscribe(channel: String) {
        guard let count = self.channels[channel] else { return }
        guard count == 1 else {
            self.channels[channel] = count - 1
            return
        }
        self.forget(channel: channel)
    }

    mutating func unsubscribe(bridge: String) {
        guard let count = self.bridges[bridge] else { return }
        self.bridges[bridge] = count > 1 ? count - 1 : nil
    }

    /// The channel is no more.
    mutating func forget(channel: String) {
        self.channels[channel] = nil
        self.channelIDs.remove(channel)
    }

    mutating func forget(bridge: String) { self.bridges[bridge] = nil }

    var json: JSONValue {
        func ids(_ all: String, _ ids: @autoclosure () -> JSONValue) -> JSONValue {
            self.isSubscribedToAll ? [.string(all)] : ids()
        }
        func sorted(_ ids: some Sequence<String>) -> JSONValue { .array(ids.sorted().map { .string($0) }) }
        func types(_ types: [String]) -> JSONValue { .array(types.map { ["type": .string($0)] }) }
        return [
            "name": .string(self.name),
            "channel_ids": ids("__AST_CHANNEL_ALL_TOPIC", self.channelIDs.json),
            "bridge_ids": ids("__AST_BRIDGE_ALL_TOPIC", sorted(self.bridges.keys)),
            "endpoint_ids": ids("__AST_ENDPOINT_ALL_TOPIC", sorted(self.endpoints)),
            "device_names": ids("__AST_DEVICE_STATE_ALL_TOPIC", sorted(self.devices)),
            "events_allowed": types(self.allowed), "events_disallowed": types(self.disallowed),
        ]
    }
}
