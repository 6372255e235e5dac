import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import Testing
import Vocabulary

@testable import Notifier

/// Where a message can go, and what is said of one that cannot.
@Suite(.timeLimit(.minutes(10))) struct RecipientTests {
    @Test(
        "E-405 An SMS goes to a mobile number only",
        arguments: [
            ("+79990000001", Recipient.Problem?.none), ("89990000001", nil), ("+375291234567", nil),
            ("+78452411327", .wired), ("88005553535", .wired), ("+78092345678", .wired), ("112", .short),
            ("122", .short),
            ("+79990000001 доб. 12", .hasExtension), ("8 (8452) 41-13-27 доб. 5", .wired),
        ])
    func numbers(text: String, problem: Recipient.Problem?) throws {
        #expect(Recipient(try PhoneNumber(parsing: text)).problem == problem)
    }

    @Test(
        "E-409 An e-mail address is written so that every server takes it, or it is none",
        arguments: [
            ("reg@example.ru", "reg@example.ru"), ("  reg@example.ru\n", "reg@example.ru"),
            ("reg@Пример.рф", "reg@xn--e1afmkfd.xn--p1ai"), ("reg@почта.рф", "reg@xn--80a1acny.xn--p1ai"),
            // RFC 3492, 7.1 (B): 他们为什么不说中文; a combining mark is composed first.
            ("a@他们为什么不说中文.com", "a@xn--ihqwcrb4cv8a8dqg056pqjye.com"),
            ("a@bu\u{308}cher.de", "a@xn--bcher-kva.de"), ("a@xn--p1ai.xn--p1ai", "a@xn--p1ai.xn--p1ai"),
            ("о.регистратура@поликлиника.рф", nil), ("reg@", nil), ("@example.ru", nil), ("reg", nil),
            ("reg@example", nil), ("reg@exa mple.ru", nil), ("a@b@example.ru", nil), ("reg@-a.ru", nil),
            ("reg@a..ru", nil), ("reg@пример_1.рф", nil), ("a,b@example.ru", nil),
            ("reg@" + String(repeating: "я", count: 60) + ".рф", nil),
        ] as [(String, String?)])
    func addresses(text: String, address: String?) throws {
        let recipient = try #require(Recipient(email: text))
        #expect(recipient.problem == (address == nil ? .email : nil))
        if let address { #expect(recipient.address == address) }
    }

    @Test("E-409 No address is no message", arguments: ["", "  \n"])
    func noAddress(text: String) {
        #expect(Recipient(email: text) == nil)
    }

    @Test("E-405 A message that cannot be sent is failed from the beginning, and whoever has the card is told why")
    func notSendable() async throws {
        try await NotifierScene.run { scene in
            let wired = try PhoneNumber(parsing: "8 (8452) 41-13-27")
            let registered = try await scene.hearing.envelopes([Samples.registered(phone: wired)])
            for _ in 0..<2 {
                try await scene.hearing.take(registered)
                // The inbox forgot the event: the message is there.
                try await scene.database.execute("DELETE FROM inbox_message")
            }
            await scene.deliverDue()
            #expect(
                try await scene.rows() == [
                    .init(template: "appeal-registered", channel: "spool", state: "failed", attempt: 0)
                ])
            #expect(try scene.files().isEmpty)
            let told = try await scene.hearing.announced(MessageFinished.self)
            #expect(told.map(\.state) == [.failed] && told.first?.isNotSendable == true)
            #expect(told.first?.appealID == Samples.appealID)
        }
    }

    @Test("E-409 An address that is none is failed, not perhaps sent; also one that was kept before")
    func malformedAddress() async throws {
        try await NotifierScene.run { scene in
            try await scene.hearing.hear(Samples.forwarded(to: "о.регистратура@поликлиника.рф"))
            try await scene.hearing.hear(Samples.forwarded(to: "gp@example.org"))
            try await scene.database.execute(
                "UPDATE message SET recipient = 'gp@почта рф' WHERE state = 'available'")
            await scene.deliverDue()
            #expect(try await scene.rows().map(\.state) == ["failed", "failed"])
            #expect(try await scene.announced() == [.failed, .failed])
        }
    }

    @Test("E-409 A mail for a Cyrillic domain is sent to its ASCII name, blanks dropped")
    func cyrillicDomain() async throws {
        try await NotifierScene.run { scene in
            let local = "gp-\(UUID().uuidString.lowercased())"
            try await scene.hearing.hear(Samples.forwarded(to: " \(local)@поликлиника.рф "))
            await scene.deliverDue()
            #expect(try await scene.rows().map(\.state) == ["sent"])
            let mails = try await MailPeer.shared.get().mails(to: "\(local)@xn--80apaaiccctek.xn--p1ai")
            #expect(mails.count == 1)
        }
    }

    @Test("C-209 What became of a sent mail is noted once the database is back, while the claim lasts")
    func noteIsRepeated() async throws {
        try await NotifierScene.run { scene in
            let address = "gp-\(UUID().uuidString.lowercased())@example.org"
            try await scene.hearing.hear(Samples.forwarded(to: address))
            // The first two notes fail as when the server is taken over. A sequence counts them: it forgets nothing.
            try await scene.database.execute("CREATE SEQUENCE blip")
            try await scene.database.execute(
                """
                CREATE FUNCTION blip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    IF NEW.state = 'sent' AND nextval('blip') <= 2 THEN
                        RAISE EXCEPTION 'blip' USING ERRCODE = '40001';
                    END IF;
                    RETURN NEW;
                END $$
                """)
            try await scene.database.execute(
                "CREATE TRIGGER blip BEFORE UPDATE ON message FOR EACH ROW EXECUTE FUNCTION blip()")
            await scene.deliverDue()
            #expect(
                try await scene.rows() == [
                    .init(template: "appeal-forwarded", channel: "smtp", state: "sent", attempt: 1)
                ])
            #expect(try await scene.announced() == [.sent])
            #expect(try await MailPeer.shared.get().mails(to: address).count == 1)
        }
    }

    @Test("C-205 A message that was finished long ago is removed, one that is not finished stays")
    func retention() async throws {
        try await NotifierScene.run { scene in
            for _ in 0..<3 { try await scene.hearing.hear(Samples.registered()) }
            await scene.deliverDue()
            try await scene.hearing.hear(Samples.registered())
            try await scene.database.execute(
                """
                UPDATE message SET finished_at = now() - interval '91 days', created_at = now() - interval '91 days'
                WHERE id IN (SELECT id FROM message WHERE state = 'sent' LIMIT 2)
                """)
            for statement in MessageStore.old { try await scene.database.execute(statement) }
            #expect(try await scene.rows().map(\.state).sorted() == ["available", "sent"])
        }
    }
}
