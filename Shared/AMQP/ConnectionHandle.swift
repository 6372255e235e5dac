import CRabbitMQ
import Glibc

/// Owns an open, logged-in connection of librabbitmq and closes its socket in the end.
struct ConnectionHandle: ~Copyable {
    let raw: amqp_connection_state_t

    private init(_ raw: amqp_connection_state_t) { self.raw = raw }

    deinit { amqp_destroy_connection(self.raw) }

    /// Connects and logs in; blocks for at most the connect timeout, twice (way and handshake), after the host name
    /// is resolved.
    static func open(_ address: AMQPAddress, settings: AMQPSettings, name: String) throws -> ConnectionHandle {
        guard let raw = amqp_new_connection() else {
            throw AMQPError(.library, code: Int(AMQP_STATUS_NO_MEMORY.rawValue), "out of memory")
        }
        let handle = ConnectionHandle(raw)
        let socket = try Self.socket(of: raw, address)
        var timeout = timeval(settings.connectTimeout)
        try check(
            amqp_socket_open_noblock(socket, address.host, Int32(address.port), &timeout), "connecting to the broker")
        try check(amqp_set_handshake_timeout(raw, &timeout), "setting the handshake timeout")
        // Below the five seconds for which a thread may be held at most.
        var answer = timeval(.seconds(4))
        try check(amqp_set_rpc_timeout(raw, &answer), "setting the answer timeout")
        // What was sent and is not acknowledged by the peer's kernel for this long ends the connection.
        var silence = UInt32(clamping: settings.heartbeat.wholeMilliseconds * 2)
        setsockopt(
            amqp_get_sockfd(raw), Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &silence, socklen_t(MemoryLayout<UInt32>.size))
        try Self.logIn(raw, address, settings, name)
        return handle
    }

    private static func socket(of raw: amqp_connection_state_t, _ address: AMQPAddress) throws -> OpaquePointer {
        guard let tls = address.tls else {
            guard let socket = amqp_tcp_socket_new(raw) else { throw AMQPError(.library, "no socket") }
            return socket
        }
        guard let socket = amqp_ssl_socket_new(raw) else { throw AMQPError(.library, "no TLS socket") }
        amqp_ssl_socket_set_verify_peer(socket, 1)
        amqp_ssl_socket_set_verify_hostname(socket, 1)
        try check(
            amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST), "asking for TLS 1.2 or newer")
        try check(amqp_ssl_socket_set_cacert(socket, tls.authorities), "reading cacertfile")
        if let certificate = tls.certificate, let key = tls.key {
            try check(amqp_ssl_socket_set_key(socket, certificate, key), "reading certfile and keyfile")
        }
        return socket
    }

    private static func logIn(
        _ raw: amqp_connection_state_t, _ address: AMQPAddress, _ settings: AMQPSettings, _ name: String
    ) throws {
        let encoder = MessageEncoder()
        // librabbitmq announces two capabilities of its own; without the others the broker sends neither
        // basic.cancel nor connection.blocked.
        var properties = try encoder.table([
            "product": .string("Line122"), "connection_name": .string(name),
            "capabilities": .table([
                "publisher_confirms": .bool(true), "basic.nack": .bool(true), "consumer_cancel_notify": .bool(true),
                "connection.blocked": .bool(true), "authentication_failure_close": .bool(true),
                "exchange_exchange_bindings": .bool(true),
            ]),
        ])
        let heartbeat = Int32(clamping: max(1, settings.heartbeat.components.seconds))
        let frame: Int32 = 131_072
        let reply =
            address.usesCertificateAsUser
            ? rabbitmq_login_external(raw, address.virtualHost, 2047, frame, heartbeat, &properties, "certificate")
            : rabbitmq_login_plain(
                raw, address.virtualHost, 2047, frame, heartbeat, &properties, address.user, address.password)
        try check(reply, "logging in to the broker")
    }
}

extension timeval {
    init(_ duration: Duration) {
        let parts = duration.components
        self.init(tv_sec: Int(parts.seconds), tv_usec: Int(parts.attoseconds / 1_000_000_000_000))
    }
}
