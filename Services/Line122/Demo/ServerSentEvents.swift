import Foundation

/// Cuts a stream into server-sent events (HTML Living Standard, 9.2): the fields `event` and one line of `data`, as
/// the desk writes them.
struct ServerSentEvents {
    private static let kindField = Array("event: ".utf8)
    private static let dataField = Array("data: ".utf8)

    private var line: [UInt8] = []
    private var kind = ""
    private var data = Data()

    /// The events that are complete with this piece of the stream.
    mutating func events(in chunk: [UInt8]) -> [(kind: String, data: Data)] {
        var found: [(kind: String, data: Data)] = []
        var rest = chunk[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            self.line += rest[..<end]
            rest = rest[(end + 1)...]
            if self.line.isEmpty {
                if !self.kind.isEmpty { found.append((self.kind, self.data)) }
                self.kind = ""
            } else if self.line.starts(with: Self.dataField) {
                self.data = Data(self.line[Self.dataField.count...])
            } else if self.line.starts(with: Self.kindField) {
                self.kind = String(decoding: self.line[Self.kindField.count...], as: UTF8.self)
            }
            self.line.removeAll(keepingCapacity: true)
        }
        self.line += rest
        return found
    }
}
