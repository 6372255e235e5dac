import Foundation
import FoundationXML
import Logging
import OutboundHTTP

@testable import Booking

/// The sample messages and the service they belong to.
enum N3Samples {
    static let moscow = TimeZone(identifier: "Europe/Moscow")!

    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return Array(try Data(contentsOf: folder.appending(path: "Fixtures/MIS/\(name).xml")))
    }

    static func service(url: String = "http://127.0.0.1:1/", deadline: Duration = .seconds(5)) -> N3HubService {
        var configuration = N3Configuration(
            url: url, guid: "00000000-0000-0000-0000-000000000001", timeZone: self.moscow)
        configuration.idHistory = 7001
        configuration.deadline = deadline
        return N3HubService(configuration: configuration, http: OutboundHTTPClient(logger: Logger(label: "test")))
    }

    static let patient = Patient(
        familyName: "Тестов", givenName: "Иван", patronymic: "Иванович", birthday: "1980-02-29",
        snils: "112-233-445 95", policyNumber: "7700000000000001")

    /// A local time in Moscow, which is three hours ahead of UTC.
    static func time(_ text: String) throws -> Date { try Date("\(text)+03:00", strategy: .iso8601) }

    /// Every element as `{namespace}path=text` in document order: equal lists are equal messages.
    static func flattened(_ bytes: [UInt8]) -> [String] {
        let flattener = Flattener()
        let parser = XMLParser(data: Data(bytes))
        parser.shouldProcessNamespaces = true
        parser.delegate = flattener
        return parser.parse() ? flattener.lines : []
    }

    private final class Flattener: NSObject, XMLParserDelegate {
        var lines: [String] = []
        private var path: [String] = []
        private var text = ""

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            self.path.append("{\(namespaceURI ?? "")}\(name.split(separator: ":").last ?? "")")
            self.lines.append("<" + self.path.joined(separator: "/"))
            self.text = ""
        }

        func parser(_ parser: XMLParser, foundCharacters text: String) { self.text += text }

        func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
            let text = self.text.trimmingCharacters(in: .whitespacesAndNewlines)
            if !text.isEmpty { self.lines.append(self.path.joined(separator: "/") + "=" + text) }
            self.text = ""
            self.path.removeLast()
        }
    }
}
