/// What the broker said on a channel, copied out of librabbitmq's memory.
enum Inbound {
    /// `basic.ack`.
    case confirmed(channel: UInt16, tag: UInt64, isMultiple: Bool)
    /// `basic.nack`.
    case rejected(channel: UInt16, tag: UInt64, isMultiple: Bool)
    /// `basic.return` with its properties; the body is dropped. `tag` is that of the publication when it was ours.
    case returned(channel: UInt16, code: Int, text: String, properties: AMQPProperties, tag: UInt64?)
    case delivered(channel: UInt16, AMQPDelivery)
    /// `basic.cancel`: the queue is gone.
    case consumerCancelled(channel: UInt16)
    /// `channel.close`, answered already.
    case channelClosed(channel: UInt16, AMQPError)
    /// `channel.flow`, answered already.
    case flow(channel: UInt16, isActive: Bool)
    case blocked(reason: String)
    case unblocked
}
