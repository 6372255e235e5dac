internal import Dispatch
internal import Foundation

/// A connection to a port of this machine that sends exactly the bytes it is given: for requests that no client makes.
public final class RawConnection: Sendable {
    public struct NotConnected: Error {
        public let code: Int32
    }

    private let descriptor: Int32

    public init(port: Int) throws {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw NotConnected(code: errno) }
    }

    deinit { close(self.descriptor) }

    /// What cannot be sent because the peer has closed is not sent.
    public func send(_ text: String) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Foundation.send(self.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Says that nothing more will be sent.
    public func finish() { shutdown(self.descriptor, Int32(SHUT_WR)) }

    /// All that comes until the peer closes the connection.
    public func readToEnd() async -> String {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var read: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 4096)
                while true {
                    let count = recv(self.descriptor, &buffer, buffer.count, 0)
                    guard count > 0 else { break }
                    read += buffer[..<count]
                }
                continuation.resume(returning: String(decoding: read, as: UTF8.self))
            }
        }
    }

    /// What has come until it holds `text`, or the peer closes.
    public func read(until text: String) async -> String {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var read = ""
                var buffer = [UInt8](repeating: 0, count: 4096)
                while !read.contains(text) {
                    let count = recv(self.descriptor, &buffer, buffer.count, 0)
                    guard count > 0 else { break }
                    read += String(decoding: buffer[..<count], as: UTF8.self)
                }
                continuation.resume(returning: read)
            }
        }
    }
}
