import CRabbitMQ
import Glibc

/// One open connection: frames in, methods out. Belongs to one thread.
///
/// Any throw, except of kind `refused` from a synchronous method on a channel and `invalid` from `publish`, means that
/// the connection is broken and must be dropped.
// @unchecked: used on its connection's thread only; the role actors run there and are entered with `assumeIsolated`.
final class Transport: @unchecked Sendable {
    let descriptor: Int32
    private let handle: ConnectionHandle
    private let watchdog: Watchdog
    private let encoder = MessageEncoder()
    private let maximumBodyBytes: Int
    private var assemblies: [UInt16: MessageAssembly] = [:]
    /// Set when the owner gave the connection up, so that a read loop further up the stack ends.
    private var isAbandoned = false

    /// Connects and logs in, which blocks: on a thread that nobody waits for. Then it belongs to its connection's thread.
    init(_ address: AMQPAddress, settings: AMQPSettings, name: String) throws {
        let handle = try ConnectionHandle.open(address, settings: settings, name: name)
        self.descriptor = amqp_get_sockfd(handle.raw)
        self.handle = handle
        self.watchdog = Watchdog(descriptor: self.descriptor)
        self.maximumBodyBytes = settings.maximumBodyBytes
    }

    deinit { self.watchdog.end() }

    func abandon() { self.isAbandoned = true }

    // MARK: Reading

    /// Reads what has arrived, sends a heartbeat when one is due, notices a silent peer.
    func receive(_ handle: (Inbound) -> Void) throws {
        var frame = amqp_frame_t()
        var zero = timeval()
        while !self.isAbandoned {
            let status = self.watchdog.guarding {
                amqp_simple_wait_frame_noblock(self.handle.raw, &frame, &zero)
            }
            if status == AMQP_STATUS_TIMEOUT.rawValue { return }
            try check(status, "reading from the broker")
            let inbound = try self.digest(frame)
            // Everything was copied; librabbitmq itself skips the call while frames of the channel are queued.
            amqp_maybe_release_buffers_on_channel(self.handle.raw, frame.channel)
            if let inbound { handle(inbound) }
        }
    }

    private func digest(_ frame: amqp_frame_t) throws -> Inbound? {
        switch frame.frame_type {
        case FrameType.method: return try self.digest(frame.payload.method, frame.channel)
        case FrameType.header:
            let properties = frame.payload.properties
            guard let decoded = properties.decoded else { return nil }
            self.assemblies[frame.channel]?.begin(
                decoded.load(as: amqp_basic_properties_t.self), size: properties.body_size,
                limit: self.maximumBodyBytes)
        case FrameType.body: self.assemblies[frame.channel]?.append(frame.payload.body_fragment)
        default: return nil
        }
        guard self.assemblies[frame.channel]?.isComplete == true else { return nil }
        return self.assemblies.removeValue(forKey: frame.channel)?.finish(on: frame.channel)
    }

    private func digest(_ method: amqp_method_t, _ channel: UInt16) throws -> Inbound? {
        guard let decoded = method.decoded else { return nil }
        switch method.id {
        case MethodID.basicDeliver:
            self.assemblies[channel] = MessageAssembly(decoded.load(as: amqp_basic_deliver_t.self))
            return nil
        case MethodID.basicReturn:
            self.assemblies[channel] = MessageAssembly(decoded.load(as: amqp_basic_return_t.self))
            return nil
        case MethodID.basicAck:
            let ack = decoded.load(as: amqp_basic_ack_t.self)
            return .confirmed(channel: channel, tag: ack.delivery_tag, isMultiple: ack.multiple != 0)
        case MethodID.basicNack:
            let nack = decoded.load(as: amqp_basic_nack_t.self)
            return .rejected(channel: channel, tag: nack.delivery_tag, isMultiple: nack.multiple != 0)
        case MethodID.basicCancel: return .consumerCancelled(channel: channel)
        case MethodID.channelFlow:
            let isActive = decoded.load(as: amqp_channel_flow_t.self).active
            var answer = amqp_channel_flow_ok_t(active: isActive)
            try self.send(MethodID.channelFlowOK, on: channel, &answer)
            return .flow(channel: channel, isActive: isActive != 0)
        case MethodID.channelClose:
            let error = serverError(method)
            self.assemblies[channel] = nil
            try self.sendCloseOK(on: channel)
            return .channelClosed(channel: channel, error)
        case MethodID.connectionClose:
            let error = serverError(method)
            var answer = amqp_connection_close_ok_t()
            try self.send(MethodID.connectionCloseOK, on: 0, &answer)
            throw error
        case MethodID.connectionBlocked:
            let reason = decoded.load(as: amqp_connection_blocked_t.self).reason
            return .blocked(reason: MessageDecoder.string(reason))
        case MethodID.connectionUnblocked: return .unblocked
        default: return nil
        }
    }

    // MARK: Writing

    /// Whether a small message can be written without waiting.
    var isWritable: Bool {
        var entry = pollfd(fd: self.descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    /// Holds back partial segments until `uncork`, so that a batch leaves in full packets.
    func cork() { self.setCork(1) }
    func uncork() { self.setCork(0) }

    private func setCork(_ value: Int32) {
        var value = value
        // Only an optimization; on a broken socket the next write reports.
        setsockopt(self.descriptor, Int32(IPPROTO_TCP), TCP_CORK, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// - Parameter tag: see ``MessageEncoder/tagHeader``.
    /// - Throws: kind `invalid` when nothing was sent because the message breaks a limit.
    func publish(
        on channel: UInt16, exchange: String, routingKey: String, mandatory: Bool, properties: AMQPProperties,
        body: [UInt8], tag: UInt64? = nil
    ) throws {
        guard body.count <= self.maximumBodyBytes else {
            throw AMQPError(.invalid, "the body of a message exceeds \(self.maximumBodyBytes) bytes")
        }
        self.encoder.reset()
        var encoded = try self.encoder.properties(properties, tag: tag)
        let exchange = try self.encoder.shortString(exchange)
        let routingKey = try self.encoder.shortString(routingKey)
        let status = body.withUnsafeBytes { body in
            self.watchdog.guarding {
                amqp_basic_publish(
                    self.handle.raw, channel, exchange, routingKey, mandatory ? 1 : 0, 0, &encoded,
                    amqp_bytes_t(len: body.count, bytes: UnsafeMutableRawPointer(mutating: body.baseAddress)))
            }
        }
        // `invalid` would promise that nothing was sent, and librabbitmq sends the method frame first.
        guard status == AMQP_STATUS_OK.rawValue else {
            throw AMQPError(.disconnected, code: Int(status), libraryError(status, "publishing").text)
        }
    }

    func acknowledge(_ tag: UInt64, isMultiple: Bool, on channel: UInt16) throws {
        let status = self.watchdog.guarding {
            amqp_basic_ack(self.handle.raw, channel, tag, isMultiple ? 1 : 0)
        }
        try check(status, "acknowledging")
    }

    private func send<Method>(_ id: UInt32, on channel: UInt16, _ method: inout Method) throws {
        let status = self.watchdog.guarding {
            withUnsafeMutablePointer(to: &method) { amqp_send_method(self.handle.raw, channel, id, $0) }
        }
        try check(status, "answering the broker")
    }

    private func sendCloseOK(on channel: UInt16) throws {
        var answer = amqp_channel_close_ok_t()
        try self.send(MethodID.channelCloseOK, on: channel, &answer)
    }

    // MARK: Synchronous methods

    func openChannel(_ channel: UInt16) throws {
        try self.call(channel, "opening a channel") { amqp_channel_open($0, channel) != nil }
    }

    func closeChannel(_ channel: UInt16) throws {
        self.assemblies[channel] = nil
        try self.watchdog.guarding {
            try check(
                amqp_channel_close(self.handle.raw, channel, Int32(AMQP_REPLY_SUCCESS)), "closing a channel")
        }
    }

    func selectConfirms(on channel: UInt16) throws {
        try self.call(channel, "asking for confirms") { amqp_confirm_select($0, channel) != nil }
    }

    func setPrefetch(_ count: UInt16, on channel: UInt16) throws {
        try self.call(channel, "setting the prefetch") { amqp_basic_qos($0, channel, 0, count, 0) != nil }
    }

    func consume(_ queue: String, withoutAcknowledgement: Bool, on channel: UInt16) throws {
        self.encoder.reset()
        let queue = try self.encoder.shortString(queue)
        let tag = try self.encoder.shortString(Self.consumerTag)
        try self.call(channel, "consuming") {
            amqp_basic_consume(
                $0, channel, queue, tag, 0, withoutAcknowledgement ? 1 : 0, 0, amqp_table_t()) != nil
        }
    }

    func cancelConsumer(on channel: UInt16) throws {
        self.encoder.reset()
        let tag = try self.encoder.shortString(Self.consumerTag)
        try self.call(channel, "cancelling a consumer") { amqp_basic_cancel($0, channel, tag) != nil }
    }

    func checkQueue(_ name: String, on channel: UInt16) throws {
        self.encoder.reset()
        let name = try self.encoder.shortString(name)
        try self.call(channel, "checking a queue") {
            amqp_queue_declare($0, channel, name, 1, 0, 0, 0, amqp_table_t()) != nil
        }
    }

    func declare(_ topology: AMQPTopology, on channel: UInt16) throws {
        for exchange in topology.exchanges {
            self.encoder.reset()
            let name = try self.encoder.shortString(exchange.name)
            let kind = try self.encoder.shortString(exchange.kind.rawValue)
            try self.call(channel, "declaring an exchange") {
                amqp_exchange_declare($0, channel, name, kind, 0, exchange.isDurable ? 1 : 0, 0, 0, amqp_table_t())
                    != nil
            }
        }
        for queue in topology.queues {
            self.encoder.reset()
            var arguments = queue.arguments
            arguments["x-queue-type"] = .string(queue.kind.rawValue)
            let name = try self.encoder.shortString(queue.name)
            let table = try self.encoder.table(arguments)
            let isDurable = queue.isDurable || queue.kind == .quorum
            try self.call(channel, "declaring a queue") {
                amqp_queue_declare($0, channel, name, 0, isDurable ? 1 : 0, 0, 0, table) != nil
            }
        }
        for binding in topology.bindings {
            self.encoder.reset()
            let queue = try self.encoder.shortString(binding.queue)
            let exchange = try self.encoder.shortString(binding.exchange)
            let key = try self.encoder.shortString(binding.routingKey)
            let table = try self.encoder.table(binding.arguments)
            try self.call(channel, "binding a queue") {
                amqp_queue_bind($0, channel, queue, exchange, key, table) != nil
            }
        }
    }

    /// Says good-bye; failures do not matter any more.
    func close() {
        self.watchdog.guarding { _ = amqp_connection_close(self.handle.raw, Int32(AMQP_REPLY_SUCCESS)) }
    }

    private static let consumerTag = "line122"

    /// Runs one synchronous method. A `channel.close` in answer is confirmed, so that the channel can be opened again.
    private func call(_ channel: UInt16, _ what: String, _ body: (amqp_connection_state_t) -> Bool) throws {
        let reply = self.watchdog.guarding { () -> amqp_rpc_reply_t? in
            body(self.handle.raw) ? nil : amqp_get_rpc_reply(self.handle.raw)
        }
        guard let reply else { return }
        if reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION, reply.reply.id == MethodID.channelClose {
            let error = serverError(reply.reply)
            self.assemblies[channel] = nil
            try self.sendCloseOK(on: channel)
            throw error
        }
        if reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION {
            // The whole connection was closed: not the caller's `refused`, which leaves the connection usable.
            let error = serverError(reply.reply)
            throw AMQPError(.disconnected, code: error.code, "\(what): \(error.text)")
        }
        try check(reply, what)
    }
}
