import Foundation
import Vocabulary

/// Where a message goes, and why it cannot go there. Values, no I/O (E-405, E-409).
struct Recipient: Sendable, Equatable {
    /// Why nothing reaches an address, whatever is tried. The raw values are kept with the message.
    enum Problem: String, Sendable {
        /// A wired telephone, also 8-800: no SMS arrives there.
        case wired = "not-sendable-wired"
        /// 112, 122: it means something only where it is dialled.
        case short = "not-sendable-short"
        /// An SMS knows no extension.
        case hasExtension = "not-sendable-extension"
        /// No address of e-mail that every server takes.
        case email = "not-sendable-email"
    }

    /// E.164, or an e-mail address in ASCII; as it was given where there is a problem.
    let address: String
    var problem: Problem?

    /// For an SMS. Foreign numbers do not tell whether they are mobile: they are tried.
    init(_ number: PhoneNumber) {
        self.address = number.e164
        if number.isShort {
            self.problem = .short
        } else if number.isRussian, !number.isMobile {
            self.problem = .wired
        } else if number.extensionDigits != nil {
            self.problem = .hasExtension
        }
    }

    /// As it is kept.
    init(known address: String) {
        self.address = address
    }

    /// For an e-mail: blanks round it are dropped, and a domain in other letters is written as IDNA does
    /// (`справка.рф` is `xn--80aaf6awgf.xn--p1ai`). Other letters before the @ need a server that speaks SMTPUTF8, which few
    /// do.
    init?(email: String) {
        let trimmed = email.trimmingCharacters(in: .whitespacesAndNewlines.union(.controlCharacters))
        guard !trimmed.isEmpty else { return nil }
        if let address = Self.address(trimmed) {
            self.address = address
        } else {
            self.address = trimmed
            self.problem = .email
        }
    }

    private static func address(_ text: String) -> String? {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.count <= 64,
            parts[0].utf8.allSatisfy({ (33...126).contains($0) && !"<>(),;:\\\"[]".utf8.contains($0) }),
            let domain = InternationalDomain.ascii(String(parts[1]))
        else { return nil }
        return "\(parts[0])@\(domain)"
    }
}
