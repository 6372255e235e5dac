internal import Glibc
internal import NIOConcurrencyHelpers

/// Ports of 127.0.0.1 for servers that cannot choose one themselves.
///
/// Below those that the kernel gives to outgoing connections, so that none of these takes one before its server starts.
enum FreePorts {
    private static let given = NIOLockedValueBox<Set<UInt16>>([])

    /// Ports on which nobody listens, and which no other test of this process was given.
    static func take(_ count: Int) throws -> [Int] {
        var ports: [Int] = []
        for _ in 0..<10_000 where ports.count < count {
            let port = UInt16.random(in: 12_000...29_999)
            guard Self.isFree(port), Self.given.withLockedValue({ $0.insert(port).inserted }) else { continue }
            ports.append(Int(port))
        }
        guard ports.count == count else { throw NeverHappened(description: "no free port") }
        return ports
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        // As servers do: what still ends on the port is no hindrance.
        var reuse: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
