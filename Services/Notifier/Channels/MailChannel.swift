import Foundation
import OutboundHTTP

/// Sends e-mail through an SMTP server. The Message-ID is the message's own id, so that whoever doubts whether it
/// was accepted can find it in the server's log.
struct MailChannel: Sendable {
    let http: OutboundHTTPClient
    /// `smtp://host:port` or `smtps://user:password@host:port`.
    let server: String
    let sender: OutboundMail.Mailbox

    private static let deadline: Duration = .seconds(30)

    func deliver(_ message: OutgoingMessage, text: String) async throws {
        var mail = OutboundMail(
            from: self.sender, recipients: [.init(message.recipient.address)],
            subject: "122: " + Self.subject(of: message), text: text)
        mail.messageID = "\(message.id.uuidString.lowercased())@\(self.domain)"
        mail.secondsSince1970 = Int(Date().timeIntervalSince1970)
        try await self.http.send(mail, over: self.server, deadline: Self.deadline)
    }

    private var domain: String {
        self.sender.address.split(separator: "@").last.map(String.init) ?? "line122"
    }

    private static func subject(of message: OutgoingMessage) -> String {
        switch message.template {
        case "appeal-forwarded": "передана карточка № \(message.parameters["number"] ?? "")"
        default: "сообщение"
        }
    }
}
