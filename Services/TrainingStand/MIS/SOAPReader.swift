import Foundation
import FoundationXML

/// Reads a SOAP 1.1 or 1.2 envelope: the first child of its body is the operation.
final class SOAPReader: NSObject, XMLParserDelegate {
    private var open: [SOAPElement] = []
    private var root: SOAPElement?

    /// Nil for what is no envelope, is no well-formed XML, or nests deeper than 32.
    static func operation(_ body: [UInt8]) -> SOAPElement? {
        let reader = SOAPReader()
        let parser = XMLParser(data: Data(body))
        parser.shouldProcessNamespaces = true
        parser.shouldResolveExternalEntities = false
        parser.delegate = reader
        guard parser.parse(), let envelope = reader.root, envelope.name == "Envelope" else { return nil }
        return envelope["Body"]?.children.first
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        guard self.open.count < 32 else {
            parser.abortParsing()
            return
        }
        self.open.append(SOAPElement(name: name))
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        guard !self.open.isEmpty else { return }
        self.open[self.open.count - 1].text += text
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        guard var element = self.open.popLast() else { return }
        element.text = element.text.trimmingCharacters(in: .whitespacesAndNewlines)
        if self.open.isEmpty {
            self.root = element
        } else {
            self.open[self.open.count - 1].children.append(element)
        }
    }
}
