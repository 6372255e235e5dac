public import Foundation

/// A value of a header or of a declare argument, as RabbitMQ types them.
///
/// Every integer type of the wire is read as `int`, both floating point types as `double`; a long string that is not
/// UTF-8 is read as `bytes`. Timestamps have whole seconds.
public enum AMQPValue: Sendable, Equatable {
    case string(String)
    case int(Int64)
    case bool(Bool)
    case double(Double)
    case timestamp(Date)
    case bytes([UInt8])
    case array([AMQPValue])
    case table([String: AMQPValue])
    case null
}
