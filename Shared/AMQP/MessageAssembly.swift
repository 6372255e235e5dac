import CRabbitMQ

/// A message of which the method has come and header or body are still to come, on one channel.
struct MessageAssembly {
    private enum Origin {
        case delivery(tag: UInt64, isRedelivered: Bool, exchange: String, routingKey: String)
        case returned(code: Int, text: String)
    }

    private let origin: Origin
    private var properties = AMQPProperties()
    private var publicationTag: UInt64?
    private var body: [UInt8] = []
    private var missing: UInt64?
    private var keepsBody = true
    private var isOversized = false

    init(_ deliver: amqp_basic_deliver_t) {
        self.origin = .delivery(
            tag: deliver.delivery_tag, isRedelivered: deliver.redelivered != 0,
            exchange: MessageDecoder.string(deliver.exchange), routingKey: MessageDecoder.string(deliver.routing_key))
    }

    init(_ returned: amqp_basic_return_t) {
        self.origin = .returned(code: Int(returned.reply_code), text: MessageDecoder.string(returned.reply_text))
        self.keepsBody = false
    }

    mutating func begin(_ properties: amqp_basic_properties_t, size: UInt64, limit: Int) {
        (self.properties, self.publicationTag) = MessageDecoder.properties(properties)
        self.missing = size
        if size > UInt64(limit) {
            self.isOversized = true
            self.keepsBody = false
        }
        if self.keepsBody { self.body.reserveCapacity(Int(size)) }
    }

    mutating func append(_ fragment: amqp_bytes_t) {
        guard let missing = self.missing else { return }
        self.missing = missing - min(missing, UInt64(fragment.len))
        guard self.keepsBody else { return }
        self.body.append(contentsOf: UnsafeRawBufferPointer(start: fragment.bytes, count: fragment.len))
    }

    var isComplete: Bool { self.missing == 0 }

    consuming func finish(on channel: UInt16) -> Inbound {
        switch self.origin {
        case .delivery(let tag, let isRedelivered, let exchange, let routingKey):
            return .delivered(
                channel: channel,
                AMQPDelivery(
                    tag: tag, isRedelivered: isRedelivered, exchange: exchange, routingKey: routingKey,
                    message: AMQPMessage(properties: self.properties, body: self.body), isOversized: self.isOversized,
                    receivedAt: .now))
        case .returned(let code, let text):
            return .returned(
                channel: channel, code: code, text: text, properties: self.properties, tag: self.publicationTag)
        }
    }
}
