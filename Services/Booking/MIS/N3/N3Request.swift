/// Writes one call: `operation` and its parameters in the order of the XSD.
struct N3Request: Sendable {
    let operation: String
    private var content = ""

    init(_ operation: String) { self.operation = operation }

    /// A parameter; nil is left out, every element being optional.
    mutating func add(_ name: String, _ value: String?) {
        if let value { self.content += "<\(name)>\(Self.escaped(value))</\(name)>" }
    }

    mutating func add(_ name: String, _ value: Int?) { self.add(name, value.map { String($0) }) }

    /// A `Patient` of the namespace HubService2, members alphabetically.
    mutating func add(_ name: String, _ patient: Patient) {
        let members: [(String, String?)] = [
            ("Birthday", patient.birthday.map { "\($0)T00:00:00" }), ("CellPhone", patient.cellPhone),
            ("HomePhone", patient.homePhone), ("Name", patient.givenName), ("Polis_N", patient.policyNumber),
            ("Polis_S", patient.policySeries), ("SecondName", patient.patronymic), ("Snils", patient.snils),
            ("Surname", patient.familyName),
        ]
        self.content += "<\(name)>"
        for case (let member, let value?) in members where !value.isEmpty {
            self.content += "<h:\(member)>\(Self.escaped(value))</h:\(member)>"
        }
        self.content += "</\(name)>"
    }

    var body: String {
        "<\(self.operation) xmlns=\"http://tempuri.org/\" "
            + "xmlns:h=\"http://schemas.datacontract.org/2004/07/HubService2\">\(self.content)</\(self.operation)>"
    }

    func envelope(_ version: N3Configuration.SOAPVersion) -> String {
        let namespace =
            version == .v11 ? "http://schemas.xmlsoap.org/soap/envelope/" : "http://www.w3.org/2003/05/soap-envelope"
        return "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"\(namespace)\"><s:Body>"
            + "\(self.body)</s:Body></s:Envelope>"
    }

    /// Characters that XML 1.0 does not know are dropped.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\t", "\n": result.unicodeScalars.append(scalar)
            case "\r": result += "&#13;"
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: continue
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
