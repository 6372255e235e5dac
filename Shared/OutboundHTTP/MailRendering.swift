import Glibc

extension OutboundMail {
    /// The message of RFC 5322 with CRLF line ends: UTF-8 text in base64, names and subject as encoded words
    /// (RFC 2047).
    func rendered(peer: String) throws(OutboundHTTPError) -> [UInt8] {
        func refuse(_ text: String) -> OutboundHTTPError { OutboundHTTPError(.invalidRequest(text), peer: peer) }
        guard !self.recipients.isEmpty else { throw refuse("the mail has no recipient") }
        for mailbox in [self.from] + self.recipients where !Self.isAddress(mailbox.address) {
            throw refuse("an address of the mail is malformed")
        }
        var fields = [("From", Self.field(self.from))]
        fields.append(("To", self.recipients.map(Self.field).joined(separator: ",\r\n ")))
        fields.append(("Subject", Self.encodedWords(self.subject)))
        if let date = self.secondsSince1970 { fields.append(("Date", Self.date(date))) }
        if let id = self.messageID {
            guard Self.isAddress(id) else { throw refuse("the message id is malformed") }
            fields.append(("Message-ID", "<\(id)>"))
        }
        for (name, value) in self.headers {
            guard !name.isEmpty, name.utf8.allSatisfy({ (33...126).contains($0) && $0 != UInt8(ascii: ":") }),
                value.utf8.allSatisfy({ (32...126).contains($0) })
            else { throw refuse("a header field of the mail is malformed") }
            fields.append((name, value))
        }
        fields.append(("MIME-Version", "1.0"))
        fields.append(("Content-Type", "text/plain; charset=utf-8"))
        fields.append(("Content-Transfer-Encoding", "base64"))
        let head = fields.map { "\($0): \($1)\r\n" }.joined()
        let lines = self.text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasSuffix("\r") ? $0.dropLast() : $0 }
        let body = base64(Array(lines.joined(separator: "\r\n").utf8))
        var wrapped = ""
        var rest = body[...]
        while !rest.isEmpty {
            wrapped += rest.prefix(76) + "\r\n"
            rest = rest.dropFirst(76)
        }
        return Array((head + "\r\n" + wrapped).utf8)
    }

    /// Printable ASCII, one `@` within, nothing that could end an SMTP command or a header.
    private static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return text.utf8.count <= 254 && parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
            && text.utf8.allSatisfy { (33...126).contains($0) && !"<>(),;:\\\"[]".utf8.contains($0) }
    }

    private static func field(_ mailbox: Mailbox) -> String {
        guard let name = mailbox.name, !name.isEmpty else { return "<\(mailbox.address)>" }
        return "\(self.encodedWords(name)) <\(mailbox.address)>"
    }

    /// A line with encoded words has at most 76 characters, a word whole characters of UTF-8 within: 36 bytes each,
    /// which leaves room for the longest field name.
    private static func encodedWords(_ text: String) -> String {
        var words: [String] = []
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            let next = Array(String(scalar).utf8)
            if bytes.count + next.count > 36 {
                words.append("=?utf-8?B?\(base64(bytes))?=")
                bytes = []
            }
            bytes += next
        }
        if !bytes.isEmpty { words.append("=?utf-8?B?\(base64(bytes))?=") }
        return words.joined(separator: "\r\n ")
    }

    /// `Sat, 21 Nov 2026 04:50:00 +0000`.
    private static func date(_ seconds: Int) -> String {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) "
            + "\(1900 + parts.tm_year) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) +0000"
    }
}

/// RFC 4648, with padding; here so that this library needs no Foundation.
func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let left = bytes.count - start
        let group =
            UInt32(bytes[start]) << 16 | (left > 1 ? UInt32(bytes[start + 1]) << 8 : 0)
            | (left > 2 ? UInt32(bytes[start + 2]) : 0)
        for index in 0..<4 {
            let isPadding = index > left
            text.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(group >> UInt32(18 - 6 * index) & 63)])
        }
    }
    return String(decoding: text, as: UTF8.self)
}
