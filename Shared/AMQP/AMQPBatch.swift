/// Deliveries of one queue, in the order of the broker.
public struct AMQPBatch: Sendable {
    public let deliveries: [AMQPDelivery]
    let hub: ConsumerHub
    let channel: UInt16
    let generation: UInt64

    /// Acknowledges all deliveries of the batch, with one `multiple` acknowledgement when no older batch is in work.
    /// Call it after the commit.
    /// - Returns: false when the connection was replaced since (the broker will deliver the batch again) or when the
    ///   batch was acknowledged before.
    @discardableResult
    public func acknowledge() async -> Bool {
        await self.hub.acknowledge(self)
    }
}
