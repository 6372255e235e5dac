import CRabbitMQ
import Foundation

/// Copies what librabbitmq decoded out of its pools.
enum MessageDecoder {
    static func string(_ bytes: amqp_bytes_t) -> String {
        String(decoding: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len), as: UTF8.self)
    }

    /// - Returns: the properties without the client's own header, and the tag which that header held.
    static func properties(_ from: amqp_basic_properties_t) -> (AMQPProperties, tag: UInt64?) {
        let flags = from._flags
        func text(_ bytes: amqp_bytes_t, _ flag: UInt32) -> String? {
            flags & flag == 0 ? nil : self.string(bytes)
        }
        var result = AMQPProperties(
            contentType: text(from.content_type, PropertyFlag.contentType),
            messageID: text(from.message_id, PropertyFlag.messageID),
            correlationID: text(from.correlation_id, PropertyFlag.correlationID),
            replyTo: text(from.reply_to, PropertyFlag.replyTo), type: text(from.type, PropertyFlag.type),
            appID: text(from.app_id, PropertyFlag.appID),
            isPersistent: flags & PropertyFlag.deliveryMode != 0 && from.delivery_mode == 2)
        if flags & PropertyFlag.timestamp != 0 {
            result.timestamp = Date(timeIntervalSince1970: Double(from.timestamp))
        }
        // A foreign sender may write anything; what is no number of milliseconds is no expiration for us.
        if let expiration = text(from.expiration, PropertyFlag.expiration), let milliseconds = Int64(expiration) {
            result.expiration = .milliseconds(milliseconds)
        }
        var tag: UInt64?
        if flags & PropertyFlag.headers != 0 {
            result.headers = self.table(from.headers)
            if case .int(let value)? = result.headers.removeValue(forKey: MessageEncoder.tagHeader) {
                tag = UInt64(bitPattern: value)
            }
        }
        return (result, tag)
    }

    static func table(_ from: amqp_table_t) -> [String: AMQPValue] {
        var result = [String: AMQPValue](minimumCapacity: Int(from.num_entries))
        for index in 0..<Int(from.num_entries) {
            let entry = from.entries[index]
            result[self.string(entry.key)] = self.value(entry.value)
        }
        return result
    }

    private static func value(_ from: amqp_field_value_t) -> AMQPValue {
        switch from.kind {
        case UInt8(ascii: "S"):
            let buffer = UnsafeRawBufferPointer(start: from.value.bytes.bytes, count: from.value.bytes.len)
            guard let text = String(validating: buffer, as: UTF8.self) else { return .bytes(Array(buffer)) }
            return .string(text)
        case UInt8(ascii: "x"):
            return .bytes(Array(UnsafeRawBufferPointer(start: from.value.bytes.bytes, count: from.value.bytes.len)))
        case UInt8(ascii: "t"): return .bool(from.value.boolean != 0)
        case UInt8(ascii: "b"): return .int(Int64(from.value.i8))
        case UInt8(ascii: "B"): return .int(Int64(from.value.u8))
        case UInt8(ascii: "s"): return .int(Int64(from.value.i16))
        case UInt8(ascii: "u"): return .int(Int64(from.value.u16))
        case UInt8(ascii: "I"): return .int(Int64(from.value.i32))
        case UInt8(ascii: "i"): return .int(Int64(from.value.u32))
        case UInt8(ascii: "l"): return .int(from.value.i64)
        case UInt8(ascii: "L"): return .int(Int64(clamping: from.value.u64))
        case UInt8(ascii: "f"): return .double(Double(from.value.f32))
        case UInt8(ascii: "d"): return .double(from.value.f64)
        case UInt8(ascii: "D"):
            return .double(Double(from.value.decimal.value) / pow(10, Double(from.value.decimal.decimals)))
        case UInt8(ascii: "T"): return .timestamp(Date(timeIntervalSince1970: Double(from.value.u64)))
        case UInt8(ascii: "F"): return .table(self.table(from.value.table))
        case UInt8(ascii: "A"):
            return .array((0..<Int(from.value.array.num_entries)).map { self.value(from.value.array.entries[$0]) })
        default: return .null
        }
    }
}
