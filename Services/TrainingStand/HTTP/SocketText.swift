/// One outgoing text frame.
struct SocketText: Sendable {
    let bytes: [UInt8]
}
