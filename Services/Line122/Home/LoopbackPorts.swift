import Foundation

/// Which TCP ports of this machine are in use, as the kernel tells it (`/proc/net/tcp`, proc(5)).
///
/// Asking the kernel instead of connecting leaves no half-open connections in the servers' logs.
enum LoopbackPorts {
    private static let listenState = "0A"

    /// Ports that somebody listens on. Connections that linger after their end (TIME_WAIT) take no port away: every
    /// server of ours binds with SO_REUSEADDR.
    static func listening() throws -> Set<Int> {
        var ports: Set<Int> = []
        // Without IPv6 in the kernel the second file is missing; the first one never is.
        let files = ["/proc/net/tcp", "/proc/net/tcp6"].filter(FileManager.default.fileExists(atPath:))
        for file in files {
            // Read to the end by hand: `FileManager.contents` takes the first page of a file whose size is said to be
            // zero, and on a busy machine the port is beyond it.
            guard let data = try FileHandle(forReadingAtPath: file)?.readToEnd() else {
                throw SuiteError("Не удалось прочитать \(file): нужен Linux с доступной /proc")
            }
            for line in String(decoding: data, as: UTF8.self).split(separator: "\n").dropFirst() {
                let fields = line.split(separator: " ", maxSplits: 4)
                guard fields.count > 3, fields[3] == Self.listenState, let colon = fields[1].lastIndex(of: ":"),
                    let port = Int(fields[1][fields[1].index(after: colon)...], radix: 16)
                else { continue }
                ports.insert(port)
            }
        }
        return ports
    }
}
