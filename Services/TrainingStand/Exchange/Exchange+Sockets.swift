extension Exchange {
    /// An application opened its event socket. A socket it had before hears `ApplicationReplaced` and then nothing;
    /// the caller sends the returned text to it.
    mutating func connect(_ name: String, subscribeAll: Bool) -> [UInt8]? {
        var application = self.applications[name] ?? StasisApplication(name: name)
        let wasConnected = application.isConnected
        application.isConnected = true
        application.isSubscribedToAll = subscribeAll
        self.applications[name] = application
        guard wasConnected else { return nil }
        let event: JSONValue = [
            "type": "ApplicationReplaced", "timestamp": .string(self.stamp), "application": .string(name),
            "asterisk_id": .string(self.asteriskID),
        ]
        return event.bytes
    }

    /// The socket is gone: channels, bridges and subscriptions go on, nothing is kept for later. An application
    /// without subscriptions is forgotten together with its filter.
    mutating func disconnect(_ name: String) {
        guard var application = self.applications[name] else { return }
        application.isConnected = false
        application.isSubscribedToAll = false
        self.applications[name] = application.hasSubscriptions ? application : nil
    }
}
