/// What goes wrong with recordings.
struct RecordingFaults: Sendable {
    /// Every record command is answered with 500.
    var fails = false
    /// So many of the next downloads of a file are answered with 500.
    var fileFailures = 0

    var json: JSONValue { ["fail": .bool(self.fails), "fileFailures": .int(self.fileFailures)] }
}
