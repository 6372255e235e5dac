/// A word out of a list that later versions make longer, as it travels in an event.
///
/// While a suite is updated, a replica of before reads what one of after has announced. A word that it does not know
/// is no reason to park the event: it reads as nil and is kept and handed on as it came (`$state.word`). A handler that
/// only shows it shows something more general; one that must decide by it says `try event.$state.known()`, and the event
/// waits for a replica that knows the word.
@propertyWrapper
public struct OpenWord<Value: RawRepresentable<String> & Sendable>: Sendable, Codable, Equatable {
    /// As it stands in the event.
    public let word: String

    public init(_ value: Value) { self.word = value.rawValue }

    /// Nil when this version does not know the word.
    public var wrappedValue: Value? { Value(rawValue: self.word) }
    public var projectedValue: OpenWord<Value> { self }

    /// - Throws: `UnknownWord`: the event is kept and asked again.
    @discardableResult
    public func known() throws -> Value {
        guard let value = self.wrappedValue else { throw UnknownWord(Value.self) }
        return value
    }

    public init(from decoder: any Decoder) throws {
        self.word = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.word)
    }
}

/// As `OpenWord`, for a member that may be missing.
@propertyWrapper
public struct OptionalOpenWord<Value: RawRepresentable<String> & Sendable>: Sendable, Codable, Equatable {
    /// As it stands in the event; nil when the member is missing.
    public private(set) var word: String?

    public init() {}
    public init(wrappedValue: Value?) { self.word = wrappedValue?.rawValue }

    /// Nil when the member is missing, and when this version does not know the word.
    public var wrappedValue: Value? {
        get { self.word.flatMap(Value.init(rawValue:)) }
        set { self.word = newValue?.rawValue }
    }
    public var projectedValue: OptionalOpenWord<Value> { self }

    /// - Returns: nil when the member is missing.
    /// - Throws: `UnknownWord`: the event is kept and asked again.
    @discardableResult
    public func known() throws -> Value? {
        guard self.word != nil else { return nil }
        guard let value = self.wrappedValue else { throw UnknownWord(Value.self) }
        return value
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self.word = container.decodeNil() ? nil : try container.decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.word)
    }
}

/// A handler must decide by a word that a later version has announced. The event waits; a replica of that version asks
/// for it as soon as it starts.
public struct UnknownWord: Error, Sendable, CustomStringConvertible {
    /// Of the list, not the word itself: that may be anything.
    public let description: String

    init<Value>(_ type: Value.Type) { self.description = "a \(type) that a later version knows" }
}

// What the compiler writes for a member asks the container for exactly these: a missing member is a missing word.
extension KeyedDecodingContainer {
    public func decode<Value>(
        _ type: OptionalOpenWord<Value>.Type, forKey key: Key
    ) throws -> OptionalOpenWord<Value> {
        try self.decodeIfPresent(type, forKey: key) ?? OptionalOpenWord()
    }
}

extension KeyedEncodingContainer {
    public mutating func encode<Value>(_ value: OptionalOpenWord<Value>, forKey key: Key) throws {
        try self.encodeIfPresent(value.word, forKey: key)
    }
}
