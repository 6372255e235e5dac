import NIOCore

/// One open event socket.
struct EventSocket: Sendable {
    let channel: any Channel

    var id: ObjectIdentifier { ObjectIdentifier(self.channel) }

    func send(_ text: [UInt8]) {
        self.channel.writeAndFlush(SocketText(bytes: text), promise: nil)
    }
}
