import NIOCore

/// One open event socket.
struct EventSocket: Sendable {
    let channel: any Channel

    var id: ObjectIdentifier { ObjectIdentifier(self.channel) }

    func send(_ text: [UInt8]) {
        self.write(text)
        self.flush()
    }

    /// Queues one frame for the next `flush`.
    func write(_ text: [UInt8]) { self.channel.write(SocketText(bytes: text), promise: nil) }

    func flush() { self.channel.flush() }
}
