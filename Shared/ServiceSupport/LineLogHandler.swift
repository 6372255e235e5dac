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
        let sorted = fields.map { ($0.key, PersonalDataGuard.redacted("\($0.value)")) }.sorted { $0.0 < $1.0 }
        let time = Self.timestamp()
        switch self.format {
        case .text:
            let tail = sorted.map { " \($0.0)=\(Self.quoted($0.1))" }.joined()
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
        FileHandle.standardError.write(Data(line.utf8))
    }

    private static func timestamp() -> String {
        Date.now.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    }

    private static func oneLine(_ text: String) -> String {
        text.contains(where: \.isNewline) ? text.split(whereSeparator: \.isNewline).joined(separator: " ") : text
    }

    private static func quoted(_ text: String) -> String {
        text.contains(where: { $0.isWhitespace || $0 == "\"" || $0 == "=" }) ? self.json(text) : text
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
            case _ where scalar.value < 0x20:
                result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

/// Finds what looks like personal data.
enum PersonalDataGuard {
    static func redacted(_ text: String) -> String {
        // Nothing without a run of digits or an @ can be any of these; most values end here.
        var digits = 0
        var suspicious = false
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39:
                digits += 1
                if digits >= 10 { suspicious = true }
            case 0x40: suspicious = true
            case 0x20, 0x28, 0x29, 0x2B: break
            case 0x2D: break
            default: digits = 0
            }
        }
        guard suspicious else { return text }
        var result = text
        for pattern in Self.patterns {
            result = result.replacingOccurrences(of: pattern, with: "[redacted]", options: .regularExpression)
        }
        return result
    }

    /// Bounded by what is no letter, digit or hyphen, so that a UUID is not taken for a number.
    private static let patterns = [
        #"[\p{L}0-9._%+-]+@[\p{L}0-9.-]+\.[\p{L}]{2,}"#,
        #"(?<![\p{L}0-9-])\+?[78][ (-]{0,2}[0-9]{3,5}[ )-]{0,2}[0-9]{1,3}[ -]?[0-9]{2}[ -]?[0-9]{2}(?![\p{L}0-9-])"#,
        #"(?<![\p{L}0-9-])[0-9]{3}-[0-9]{3}-[0-9]{3}[ -][0-9]{2}(?![\p{L}0-9-])"#,
        #"(?<![\p{L}0-9-])[0-9]{16}(?![\p{L}0-9-])"#,
    ]
}
