import CRabbitMQ
import Foundation

/// Turns values into the C structures of librabbitmq, in memory that one `reset` gives back.
///
/// What it returns points into its pool and dies with the next `reset`. Belongs to one thread.
final class MessageEncoder {
    /// Carries the delivery tag of a mandatory publication, so that a returned one is matched exactly: the broker
    /// sends `basic.return` without a tag. Readers of this client never see it.
    static let tagHeader = "x-line122-tag"
    /// Properties must fit one frame of 128 KiB; half of it leaves no doubt.
    static let maximumHeaderBytes = 60 * 1024

    private let pool: UnsafeMutablePointer<amqp_pool_t>
    private var size = 0

    init() {
        self.pool = .allocate(capacity: 1)
        self.pool.initialize(to: amqp_pool_t())
        init_amqp_pool(self.pool, 16 * 1024)
    }

    deinit {
        empty_amqp_pool(self.pool)
        self.pool.deallocate()
    }

    /// Everything encoded before is invalid from now on.
    func reset() {
        recycle_amqp_pool(self.pool)
        self.size = 0
    }

    /// - Parameter tag: sent as ``tagHeader`` when not nil.
    func properties(_ from: AMQPProperties, tag: UInt64?) throws -> amqp_basic_properties_t {
        var result = amqp_basic_properties_t()
        var flags: UInt32 = PropertyFlag.deliveryMode
        result.delivery_mode = from.isPersistent ? 2 : 1
        func set(
            _ text: String?, _ field: WritableKeyPath<amqp_basic_properties_t, amqp_bytes_t>, _ flag: UInt32
        ) throws {
            guard let text else { return }
            result[keyPath: field] = try self.shortString(text)
            flags |= flag
        }
        try set(from.contentType, \.content_type, PropertyFlag.contentType)
        try set(from.messageID, \.message_id, PropertyFlag.messageID)
        try set(from.correlationID, \.correlation_id, PropertyFlag.correlationID)
        try set(from.replyTo, \.reply_to, PropertyFlag.replyTo)
        try set(from.type, \.type, PropertyFlag.type)
        try set(from.appID, \.app_id, PropertyFlag.appID)
        if let expiration = from.expiration {
            result.expiration = try self.shortString(String(max(0, expiration.wholeMilliseconds)))
            flags |= PropertyFlag.expiration
        }
        if let timestamp = from.timestamp {
            result.timestamp = timestamp.wholeSeconds
            flags |= PropertyFlag.timestamp
        }
        if !from.headers.isEmpty || tag != nil {
            result.headers = try self.table(from.headers, tag: tag)
            flags |= PropertyFlag.headers
        }
        guard self.size <= Self.maximumHeaderBytes else {
            throw AMQPError(.invalid, "the headers of a message exceed \(Self.maximumHeaderBytes) bytes")
        }
        result._flags = flags
        return result
    }

    func shortString(_ text: String) throws -> amqp_bytes_t {
        guard text.utf8.count <= 255 else {
            throw AMQPError(.invalid, "a name or property of a message exceeds 255 bytes")
        }
        return try self.string(text)
    }

    func string(_ text: String) throws -> amqp_bytes_t {
        var text = text
        return try text.withUTF8 { try self.copy(UnsafeRawBufferPointer($0)) }
    }

    func table(_ values: [String: AMQPValue], tag: UInt64? = nil) throws -> amqp_table_t {
        let count = values.count + (tag == nil ? 0 : 1)
        guard count > 0 else { return amqp_table_t(num_entries: 0, entries: nil) }
        let entries = try self.allocate(amqp_table_entry_t_.self, count)
        var index = 0
        for (key, value) in values {
            guard key.utf8.count <= 128 else { throw AMQPError(.invalid, "the name of a header exceeds 128 bytes") }
            entries[index] = amqp_table_entry_t_(key: try self.string(key), value: try self.value(value))
            index += 1
        }
        if let tag {
            entries[index] = amqp_table_entry_t_(
                key: try self.string(Self.tagHeader), value: try self.value(.int(Int64(bitPattern: tag))))
        }
        return amqp_table_t(num_entries: Int32(count), entries: entries)
    }

    private func value(_ from: AMQPValue) throws -> amqp_field_value_t {
        var result = amqp_field_value_t()
        result.kind = FieldKind.code(of: from)
        switch from {
        case .string(let text): result.value.bytes = try self.string(text)
        case .bytes(let bytes): result.value.bytes = try bytes.withUnsafeBytes { try self.copy($0) }
        case .int(let number): result.value.i64 = number
        case .bool(let flag): result.value.boolean = flag ? 1 : 0
        case .double(let number): result.value.f64 = number
        case .timestamp(let date): result.value.u64 = date.wholeSeconds
        case .table(let values): result.value.table = try self.table(values)
        case .array(let values):
            let entries = values.isEmpty ? nil : try self.allocate(amqp_field_value_t.self, values.count)
            for (index, value) in values.enumerated() { entries?[index] = try self.value(value) }
            result.value.array = amqp_array_t(num_entries: Int32(values.count), entries: entries)
        case .null: break
        }
        return result
    }

    private func copy(_ bytes: UnsafeRawBufferPointer) throws -> amqp_bytes_t {
        self.size += bytes.count + 9
        guard let source = bytes.baseAddress, bytes.count > 0 else { return amqp_bytes_t(len: 0, bytes: nil) }
        let target = try self.allocate(UInt8.self, bytes.count)
        UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: bytes.count)
        return amqp_bytes_t(len: bytes.count, bytes: target)
    }

    private func allocate<T>(_ type: T.Type, _ count: Int) throws -> UnsafeMutablePointer<T> {
        guard let raw = amqp_pool_alloc(self.pool, MemoryLayout<T>.stride * count) else {
            throw AMQPError(.library, code: Int(AMQP_STATUS_NO_MEMORY.rawValue), "out of memory")
        }
        return raw.bindMemory(to: T.self, capacity: count)
    }
}

extension Date {
    /// Clamped, so that a date far outside of the calendar is no trap.
    fileprivate var wholeSeconds: UInt64 {
        let seconds = self.timeIntervalSince1970
        return seconds.isFinite && seconds > 0 ? UInt64(min(seconds, 253_402_300_799)) : 0
    }
}
