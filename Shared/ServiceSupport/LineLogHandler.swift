internal import Foundation
public import Logging

/// Writes one line an entry to standard error, as text or as JSON.
///
/// Nothing personal is meant to get here (P-02). As a second line of defence, metadata values that look like a
/// telephone number, a СНИЛС, a policy number or an e-mail address are replaced by `[redacted]`.
public struct LineLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    public var logLevel: Logger.Level
    private let label: String
    private let format: LogSettings.Format
    private let write: @Sendable (String) -> Void

    /// - Parameter write: takes a finished line, line break included.
    public init(
        label: String, settings: LogSettings, metadataProvider: Logger.MetadataProvider? = nil,
        write: @escaping @Sendable (String) -> Void = Self.writeToStandardError
    ) {
        self.label = label
        self.logLevel = settings.level
        self.format = settings.format
        self.metadataProvider = metadataProvider
        self.write = write
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var fields = self.metadata
        if let provided = self.metadataProvider?.get() { fields.merge(provided) { _, new in new } }
        if let own = event.metadata { fields.merge(own) { _, new in new } }
        let sorted = fields.map { (Self.freeName($0.key), PersonalDataGuard.redacted("\($0.value)")) }
            .sorted { $0.0 < $1.0 }
        let time = Self.timestamp()
        switch self.format {
        case .text:
            let tail = sorted.map { " \(Self.quoted($0.0))=\(Self.quoted($0.1))" }.joined()
            self.write("\(time) \(event.level) \(self.label): \(Self.oneLine("\(event.message)"))\(tail)\n")
        case .json:
            var line = #"{"time":"\#(time)","level":"\#(event.level)","service":\#(Self.json(self.label))"#
            line += #","message":\#(Self.json("\(event.message)"))"#
            for (key, value) in sorted { line += ",\(Self.json(key)):\(Self.json(value))" }
            self.write(line + "}\n")
        }
    }

    public static let writeToStandardError: @Sendable (String) -> Void = { line in
        // One write a line, so that the lines of several threads never mix.
        // Its failure has nobody to be told: the log itself is gone; the service goes on.
        try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
    }

    /// A key of metadata that would repeat a field of the line gets an underscore.
    private static func freeName(_ key: String) -> String {
        ["time", "level", "service", "message"].contains(key) ? key + "_" : key
    }

    private static func timestamp() -> String {
        Date.now.formatted(
            .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    }

    /// Control characters would break the line or steer the terminal of the one who reads it.
    private static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: Self.isControl) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { Self.isControl($0) ? " " : $0 }))
    }

    private static func quoted(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            !scalar.properties.isWhitespace && !Self.isControl(scalar) && !"\"=\\".unicodeScalars.contains(scalar)
        }
        return isPlain && !text.isEmpty ? text : self.json(text)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: true
        default: false
        }
    }

    private static func json(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where Self.isControl(scalar):
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
