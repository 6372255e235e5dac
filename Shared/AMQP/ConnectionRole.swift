/// What one of the client's connections is for. Everything is called on the connection's thread.
protocol ConnectionRole: AnyObject, Sendable {
    /// Opens channels. A throw drops the connection, which is tried again later.
    nonisolated func connectionOpened(_ transport: Transport) throws
    nonisolated func connectionLost(_ error: AMQPError)
    nonisolated func received(_ inbound: Inbound)
    /// What had arrived is read; the moment to hand over batches.
    nonisolated func readRoundEnded()
    /// The socket takes more, after `Connection.waitForWritable`.
    nonisolated func becameWritable()
}
