import CRabbitMQ

/// Turns a status of librabbitmq into an error.
func check(_ status: Int32, _ what: String) throws {
    guard status != AMQP_STATUS_OK.rawValue else { return }
    throw libraryError(status, what)
}

/// Turns the answer to a synchronous method into an error.
func check(_ reply: amqp_rpc_reply_t, _ what: String) throws {
    switch reply.reply_type {
    case AMQP_RESPONSE_NORMAL: return
    case AMQP_RESPONSE_SERVER_EXCEPTION: throw serverError(reply.reply)
    case AMQP_RESPONSE_LIBRARY_EXCEPTION: throw libraryError(reply.library_error, what)
    default: throw AMQPError(.disconnected, "\(what): the broker closed the socket")
    }
}

func libraryError(_ status: Int32, _ what: String) -> AMQPError {
    let text = amqp_error_string2(status).map { String(cString: $0) } ?? "unknown"
    let kind: AMQPError.Kind =
        switch status {
        case AMQP_STATUS_TIMEOUT.rawValue: .timedOut
        case AMQP_STATUS_INVALID_PARAMETER.rawValue, AMQP_STATUS_TABLE_TOO_BIG.rawValue: .invalid
        case AMQP_STATUS_CONNECTION_CLOSED.rawValue, AMQP_STATUS_SOCKET_ERROR.rawValue,
            AMQP_STATUS_SOCKET_CLOSED.rawValue, AMQP_STATUS_HEARTBEAT_TIMEOUT.rawValue,
            AMQP_STATUS_TCP_ERROR.rawValue:
            .disconnected
        default: .library
        }
    return AMQPError(kind, code: Int(status), "\(what): \(text)")
}

/// Reads `channel.close` or `connection.close`.
func serverError(_ method: amqp_method_t) -> AMQPError {
    guard let decoded = method.decoded else { return AMQPError(.disconnected, "the broker closed without a reason") }
    switch method.id {
    case MethodID.channelClose:
        let close = decoded.load(as: amqp_channel_close_t.self)
        return AMQPError(.refused, code: Int(close.reply_code), MessageDecoder.string(close.reply_text))
    case MethodID.connectionClose:
        let close = decoded.load(as: amqp_connection_close_t.self)
        return AMQPError(.refused, code: Int(close.reply_code), MessageDecoder.string(close.reply_text))
    default:
        return AMQPError(.library, "the broker answered with the unexpected method \(method.id)")
    }
}
