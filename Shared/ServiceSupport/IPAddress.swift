internal import Foundation

/// An address of the Internet Protocol.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16; an IPv4 address written as an IPv6 one (`::ffff:192.0.2.1`) has 4.
    let bytes: [UInt8]

    /// - Returns: nil for what is no address.
    public init?(_ text: some StringProtocol) {
        // The zone of a link-local address is a matter of this machine.
        let text = String(text.prefix { $0 != "%" })
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.bytes = withUnsafeBytes(of: four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            let bytes = withUnsafeBytes(of: six) { Array($0) }
            let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            self.bytes = isMapped ? Array(bytes.suffix(4)) : bytes
        } else {
            return nil
        }
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    public var description: String {
        guard self.bytes.count == 16 else { return self.bytes.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2).map {
            String(Int(self.bytes[$0]) << 8 | Int(self.bytes[$0 + 1]), radix: 16)
        }
        .joined(separator: ":")
    }

    /// Whose it is, as far as an address tells: an IPv4 address itself, the first 64 bits of an IPv6 address, which one
    /// subscriber has for oneself.
    public var subscriber: IPAddress {
        guard self.bytes.count == 16 else { return self }
        return IPAddress(bytes: Array(self.bytes.prefix(8)) + [UInt8](repeating: 0, count: 8))
    }
}

/// An address, or all that begin with the same bits: `10.1.0.0/16`, `2001:db8::/32`.
public struct IPNetwork: Hashable, Sendable {
    private let base: IPAddress
    private let length: Int

    /// - Throws: `IPNetwork.Malformed`.
    public init(_ text: String) throws {
        let parts = text.trimmingCharacters(in: .whitespaces).split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let base = IPAddress(parts[0]) else { throw Malformed() }
        let length = parts.count == 2 ? Int(parts[1]) : base.bytes.count * 8
        guard let length, (0...base.bytes.count * 8).contains(length) else { throw Malformed() }
        self.base = base
        self.length = length
    }

    public func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == self.base.bytes.count else { return false }
        return zip(address.bytes, self.base.bytes).enumerated().allSatisfy { index, pair in
            let bits = min(8, max(0, self.length - index * 8))
            return bits == 0 || pair.0 >> (8 - bits) == pair.1 >> (8 - bits)
        }
    }

    public struct Malformed: Error, CustomStringConvertible {
        public let description = "an address, or a network as in 10.1.0.0/16, is expected"
    }
}

/// The proxies in front of a service: whoever else comes says nothing about where a request is from.
public struct TrustedProxies: Sendable {
    private let networks: [IPNetwork]

    /// None.
    public init() { self.networks = [] }

    /// `HTTP_TRUSTED_PROXIES`: addresses and networks with commas between.
    public init(_ settings: Settings) throws {
        self.networks = try settings.list("HTTP_TRUSTED_PROXIES") { try IPNetwork($0) }
    }

    public func contains(_ address: IPAddress) -> Bool { self.networks.contains { $0.contains(address) } }

    /// Where a request comes from: the last address of `X-Forwarded-For` that is none of our proxies', when it was one of
    /// our proxies that handed the request on; the peer's own otherwise.
    /// - Parameter forwarded: the value of `X-Forwarded-For`, all its fields with commas between.
    public func client(peer: IPAddress, forwarded: String?) -> IPAddress {
        var client = peer
        for part in (forwarded ?? "").split(separator: ",").reversed() {
            // Each hop is believed as far as the one before it in the chain is ours.
            guard self.contains(client), let address = Self.address(part) else { return client }
            client = address
        }
        return client
    }

    /// Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`.
    private static func address(_ part: Substring) -> IPAddress? {
        let text = part.trimmingCharacters(in: .whitespaces)
        if text.hasPrefix("[") { return IPAddress(text.dropFirst().prefix { $0 != "]" }) }
        if text.count(where: { $0 == ":" }) == 1 { return IPAddress(text.prefix { $0 != ":" }) }
        return IPAddress(text)
    }
}
