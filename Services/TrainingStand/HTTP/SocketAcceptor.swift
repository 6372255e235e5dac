/// Decides on WebSocket upgrades and learns of sockets. Called on the stand's event loop.
protocol SocketAcceptor: Sendable {
    func accepts(_ call: HTTPCall) -> Bool
    func opened(_ socket: EventSocket, by call: HTTPCall)
    func received(_ text: [UInt8], from socket: EventSocket)
    func closed(_ socket: EventSocket)
}
