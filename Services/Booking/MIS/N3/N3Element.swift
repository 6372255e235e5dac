import Foundation
import FoundationXML

/// An element of an answer: local name, text, children. Namespaces and prefixes are not looked at, so every prefix,
/// `xsi:type` and unknown member is tolerated.
struct N3Element: Sendable {
    let name: String
    var text = ""
    var children: [N3Element] = []
    var isNil = false

    /// Nil when `bytes` are no well-formed XML. External entities are never loaded.
    static func parse(_ bytes: [UInt8]) -> N3Element? {
        let reader = N3Reader()
        let parser = XMLParser(data: Data(N3Text.cleaned(bytes)))
        parser.shouldProcessNamespaces = true
        parser.shouldResolveExternalEntities = false
        parser.delegate = reader
        guard parser.parse() else { return nil }
        return reader.root
    }

    subscript(_ name: String) -> N3Element? { self.children.first { $0.name == name } }

    /// Absent, empty and `xsi:nil` alike are nil.
    func string(_ name: String) -> String? {
        guard let child = self[name], !child.isNil else { return nil }
        let text = child.text.trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty ? nil : text
    }

    func int(_ name: String) -> Int? { self.string(name).flatMap { Int($0) } }

    func bool(_ name: String) -> Bool? { self.string(name).map { $0 == "true" || $0 == "1" } }

    /// The first element of this name at any depth.
    func descendant(_ name: String) -> N3Element? {
        if self.name == name { return self }
        for child in self.children { if let found = child.descendant(name) { return found } }
        return nil
    }
}

/// Builds the tree; lives for one `parse`.
private final class N3Reader: NSObject, XMLParserDelegate {
    var root: N3Element?
    private var open: [N3Element] = []

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        // Deeper than any message of the contract: not worth the memory.
        guard self.open.count < 64 else { return parser.abortParsing() }
        var element = N3Element(name: String(name.split(separator: ":").last ?? ""))
        element.isNil = attributes.contains { key, value in
            (key == "nil" || key.hasSuffix(":nil")) && (value == "true" || value == "1")
        }
        self.open.append(element)
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        if !self.open.isEmpty { self.open[self.open.count - 1].text += text }
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        guard let element = self.open.popLast() else { return }
        if self.open.isEmpty { self.root = element } else { self.open[self.open.count - 1].children.append(element) }
    }
}
