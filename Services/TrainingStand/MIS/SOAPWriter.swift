/// Writes a result in the shape of the contract: base members first, then own members in the order given.
struct SOAPWriter {
    private(set) var text = ""

    mutating func raw(_ text: String) { self.text += text }

    /// `<h:name>value</h:name>`; an empty value is an empty element, nil is `i:nil`.
    mutating func member(_ name: String, _ value: String?) {
        guard let value else {
            self.text += "<h:\(name) i:nil=\"true\"/>"
            return
        }
        guard !value.isEmpty else {
            self.text += "<h:\(name)/>"
            return
        }
        self.text += "<h:\(name)>"
        self.escape(value)
        self.text += "</h:\(name)>"
    }

    mutating func member(_ name: String, _ value: Int) { self.text += "<h:\(name)>\(value)</h:\(name)>" }
    mutating func member(_ name: String, _ value: Bool) { self.text += "<h:\(name)>\(value)</h:\(name)>" }

    mutating func element(_ name: String, _ content: (inout SOAPWriter) -> Void) {
        self.text += "<h:\(name)>"
        content(&self)
        self.text += "</h:\(name)>"
    }

    /// A list, an empty element when nothing is in it.
    mutating func list<Item>(_ name: String, _ items: [Item], _ content: (inout SOAPWriter, Item) -> Void) {
        guard !items.isEmpty else {
            self.text += "<h:\(name)/>"
            return
        }
        self.element(name) { writer in
            for item in items { content(&writer, item) }
        }
    }

    private mutating func escape(_ value: String) {
        for character in value.unicodeScalars {
            switch character {
            case "&": self.text += "&amp;"
            case "<": self.text += "&lt;"
            case ">": self.text += "&gt;"
            default: self.text.unicodeScalars.append(character)
            }
        }
    }

    /// The whole envelope of a result.
    static func envelope(
        _ operation: String, isSOAP12: Bool, idHistory: String, errors: [HubError], isSuccess: Bool,
        _ members: (inout SOAPWriter) -> Void
    ) -> [UInt8] {
        var writer = SOAPWriter()
        let soap = isSOAP12 ? "http://www.w3.org/2003/05/soap-envelope" : "http://schemas.xmlsoap.org/soap/envelope/"
        writer.raw("<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"\(soap)\"><s:Body>")
        writer.raw("<t:\(operation)Response xmlns:t=\"http://tempuri.org/\"")
        writer.raw(" xmlns:h=\"http://schemas.datacontract.org/2004/07/HubService2\"")
        writer.raw(" xmlns:a=\"http://schemas.microsoft.com/2003/10/Serialization/Arrays\"")
        writer.raw(" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><t:\(operation)Result>")
        writer.list("ErrorList", errors) { writer, error in
            writer.element("Error") { writer in
                writer.member("ErrorDescription", error.text)
                writer.member("IdError", error.rawValue)
            }
        }
        writer.member("IdHistory", Int(idHistory).map(String.init))
        writer.member("Success", isSuccess)
        members(&writer)
        writer.raw("</t:\(operation)Result></t:\(operation)Response></s:Body></s:Envelope>")
        return Array(writer.text.utf8)
    }

    /// A fault: what is no message of the contract.
    static func fault(_ text: String) -> [UInt8] {
        var writer = SOAPWriter()
        writer.raw("<?xml version=\"1.0\" encoding=\"utf-8\"?>")
        writer.raw("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault>")
        writer.raw("<faultcode>s:Client</faultcode><faultstring>")
        writer.escape(text)
        writer.raw("</faultstring></s:Fault></s:Body></s:Envelope>")
        return Array(writer.text.utf8)
    }
}
