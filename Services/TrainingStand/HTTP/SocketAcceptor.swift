import NIOCore

/// Decides on WebSocket upgrades and learns of sockets. Called on the stand's event loop.
protocol SocketAcceptor: Sendable {
    func accepts(_ call: HTTPCall) -> Bool
    func opened(_ socket: EventSocket, by call: HTTPCall)
    func received(_ text: [UInt8], from socket: EventSocket)
    func closed(_ socket: EventSocket)
}

/// One open event socket.
struct EventSocket: Sendable {
    let channel: any Channel

    var id: ObjectIdentifier { ObjectIdentifier(self.channel) }

    func send(_ text: [UInt8]) {
        self.channel.writeAndFlush(SocketText(bytes: text), promise: nil)
    }
}

/// One outgoing text frame.
struct SocketText: Sendable {
    let bytes: [UInt8]
}
