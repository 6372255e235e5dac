import Foundation

/// What the person at the terminal sees: one line each, with the seconds since the start.
struct Progress: Sendable {
    private let start = ContinuousClock.now

    /// Writes a line with the seconds elapsed.
    func say(_ line: String) {
        let elapsed = self.start.duration(to: .now)
        let tenths = elapsed.components.seconds * 10 + elapsed.components.attoseconds / 100_000_000_000_000_000
        let seconds = "\(tenths / 10),\(tenths % 10)"
        let blanks = String(repeating: " ", count: max(0, 6 - seconds.count))
        self.write("[\(blanks)\(seconds) с] \(line)")
    }

    /// Writes a line as it is. Unbuffered, so that it is seen at once through a pipe as well.
    func write(_ line: String) {
        // Nobody reading our words any more is no reason to stop the suite.
        try? FileHandle.standardOutput.write(contentsOf: Data("\(line)\n".utf8))
    }
}
