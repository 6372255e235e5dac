import Foundation
import Logging
import Testing

@testable import OutboundHTTP

@Suite(.timeLimit(.minutes(10))) struct OutboundMailTests {
    let peer: Peer
    let client = OutboundHTTPClient(logger: Logger(label: "test"))

    init() throws { self.peer = try Peer.shared.get() }

    func mail(to address: String) -> OutboundMail {
        OutboundMail(
            from: .init("line@example.ru", name: "Линия 122"), recipients: [.init(address)],
            subject: "Запись к врачу: напоминание на завтра, приходите, пожалуйста, за десять минут до приёма",
            text: ".Первая строка\nВторая", messageID: "1@example.ru", secondsSince1970: 1_795_236_600)
    }

    func taken(_ address: String) async throws -> Peer.Mail? {
        let response = try await self.client.execute(OutboundRequest(url: "\(self.peer.http)/stats"))
        return try JSONDecoder().decode(Peer.Stats.self, from: Data(response.body)).mails
            .first { $0.to.contains { $0.hasPrefix("<\(address)>") } }
    }

    var plain: String { "smtp://127.0.0.1:\(self.peer.ports.smtp)?starttls=never" }

    @Test func mailArrivesReadable() async throws {
        try await self.client.send(self.mail(to: "a@example.ru"), over: self.plain, deadline: .seconds(60))
        let mail = try #require(try await self.taken("a@example.ru"))
        #expect(mail.from.hasPrefix("<line@example.ru>") && !mail.tls && mail.auth == nil)
        let parts = mail.data.components(separatedBy: "\r\n\r\n")
        #expect(parts[0].contains("Date: Sat, 21 Nov 2026 04:50:00 +0000"))
        #expect(parts[0].contains("Message-ID: <1@example.ru>"))
        #expect(parts[0].components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 78 })
        let text = try #require(Data(base64Encoded: parts[1].replacingOccurrences(of: "\r\n", with: "")))
        #expect(String(decoding: text, as: UTF8.self) == ".Первая строка\r\nВторая")
    }

    @Test func startTLSIsDemandedUnlessToldOtherwise() async throws {
        let mail = self.mail(to: "b@example.ru")
        let bare = await #expect(throws: OutboundHTTPError.self) {
            try await self.client.send(
                mail, over: "smtp://127.0.0.1:\(self.peer.ports.smtp)", deadline: .seconds(60))
        }
        #expect(bare?.kind == .tls && bare?.wasSent == false)
        var trusting = mail
        trusting.tls.caFile = self.peer.ports.certificate
        try await self.client.send(
            trusting, over: "smtp://us%40er:p%40ss@localhost:\(self.peer.ports.smtpTLS)", deadline: .seconds(60))
        let taken = try #require(try await self.taken("b@example.ru"))
        #expect(taken.tls && taken.auth == ["us@er", "p@ss"])
    }

    @Test(arguments: [
        ("nobody@example.ru", 550, false), ("later@example.ru", 451, true), ("spam@example.ru", 554, false),
    ])
    func refusalTellsItsCode(_ address: String, _ code: Int, _ retryable: Bool) async throws {
        let error = await #expect(throws: OutboundHTTPError.self) {
            try await self.client.send(self.mail(to: address), over: self.plain, deadline: .seconds(60))
        }
        #expect(error?.kind == .smtp(code) && error?.isRetryable == retryable && error?.wasSent == false)
        #expect(error?.description.contains(address) == false)
    }

    @Test func wrongPasswordIsARefusal() async throws {
        let error = await #expect(throws: OutboundHTTPError.self) {
            try await self.client.send(
                self.mail(to: "c@example.ru"),
                over: "smtp://user:wrong@127.0.0.1:\(self.peer.ports.smtp)?starttls=never", deadline: .seconds(60))
        }
        #expect(error?.kind == .smtp(535) && error?.wasSent == false)
        #expect(error?.description.contains("wrong") == false)
    }

    @Test func serverThatVanishesAfterTheTextLeavesTheOutcomeUnknown() async throws {
        let error = await #expect(throws: OutboundHTTPError.self) {
            try await self.client.send(self.mail(to: "drop@example.ru"), over: self.plain, deadline: .seconds(60))
        }
        #expect(error?.kind == .connectionLost && error?.wasSent == true)
    }

    @Test func addressesCannotCarryCommands() async throws {
        for address in ["a@b>\r\nRCPT TO:<x@y", "a", "a@", "@b", "a b@c", "a@b@c", "почта@пример.рф", ""] {
            let error = await #expect(throws: OutboundHTTPError.self) {
                try await self.client.send(self.mail(to: address), over: self.plain, deadline: .seconds(60))
            }
            guard case .invalidRequest = error?.kind else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test(arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar", "привет"])
    func base64IsThatOfFoundation(_ text: String) {
        #expect(base64(Array(text.utf8)) == Data(text.utf8).base64EncodedString())
    }
}
