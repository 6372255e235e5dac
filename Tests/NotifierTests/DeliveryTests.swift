import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import Testing

@testable import Notifier

@Suite(.timeLimit(.minutes(10))) struct DeliveryTests {
    @Test("N-01 One event is one message, even when it is handled twice")
    func onceAnEvent() async throws {
        try await NotifierScene.run { scene in
            let events = try await scene.hearing.envelopes([Samples.registered()])
            try await scene.hearing.take(events)
            try await scene.hearing.take(events)
            // The inbox forgot the event: the message's own rule still holds.
            try await scene.database.execute("DELETE FROM inbox_message")
            try await scene.hearing.take(events)
            #expect(try await scene.rows().count == 1)
            await scene.deliverDue()
            await scene.deliverDue()
            #expect(
                try await scene.rows() == [
                    .init(template: "appeal-registered", channel: "spool", state: "sent", attempt: 1)
                ])
            #expect(try scene.files().count == 1)
            #expect(try await scene.announced() == [.sent])
        }
    }

    @Test("X-01 Who was not reached after a break is told the number of the card, when there is one")
    func numberOfTheCard() async throws {
        try await NotifierScene.run { scene in
            let registered = Samples.registered()
            try await scene.hearing.hear(registered)
            var known = Samples.callbackFinished(.exhausted)
            known.callID = try #require(registered.callID)
            try await scene.hearing.hear(known, Samples.callbackFinished(.exhausted))
            await scene.deliverDue()
            let texts = try scene.files().map { name in
                try String(contentsOf: scene.spool.appendingPathComponent(name), encoding: .utf8)
            }.filter { $0.contains("callback-exhausted") }
            #expect(texts.count == 2 && texts.count(where: { $0.contains("карточке № \(registered.number).") }) == 1)
            #expect(texts.count(where: { $0.contains("карточке.") }) == 1)
        }
    }

    @Test("N-01 A file of the spool holds the text under the message's id, for its owner only")
    func spoolFile() async throws {
        try await NotifierScene.run { scene in
            try await scene.hearing.hear(Samples.confirmed())
            await scene.deliverDue()
            let finished = try #require(try await scene.hearing.announced(MessageFinished.self).first)
            #expect(finished.appealID == Samples.appealID && finished.template == "booking-confirmed")
            let name = "\(finished.messageID.uuidString.lowercased()).json"
            #expect(try scene.files() == [name])
            let path = scene.spool.appendingPathComponent(name)
            let content = try #require(
                try JSONSerialization.jsonObject(with: try Data(contentsOf: path)) as? [String: String])
            #expect(content["recipient"] == "+79990000001" && content["text"]?.contains("вы записаны") == true)
            let mode = try FileManager.default.attributesOfItem(atPath: path.path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test("N-01 A file that was written before a crash is written over, not doubled")
    func spoolAgain() async throws {
        try await NotifierScene.run { scene in
            try await scene.hearing.hear(Samples.registered())
            let due = try #require(try await scene.store.claimDue(.spool, limit: 10).first)
            try await scene.delivery.spool.deliver(due.message, text: "раз")
            // The crash left also an unfinished file.
            let part = scene.spool.appendingPathComponent(".\(due.message.id.uuidString.lowercased()).part")
            try Data("обрывок".utf8).write(to: part)
            try await scene.expireClaims()
            await scene.deliverDue()
            #expect(try scene.files() == ["\(due.message.id.uuidString.lowercased()).json"])
            #expect(try await scene.rows().map(\.state) == ["sent"])
            #expect(try await scene.announced() == [.sent])
        }
    }

    @Test("N-01 A spool that cannot be written to is tried again with growing pauses, and nothing is lost")
    func spoolAway() async throws {
        try await NotifierScene.run { scene in
            try FileManager.default.removeItem(at: scene.spool)
            try await scene.hearing.hear(Samples.registered())
            await scene.deliverDue()
            #expect(try await scene.rows().map(\.state) == ["retryable"])
            #expect((2.0...5.1).contains(try await scene.delay()))
            // Not before its time.
            await scene.deliverDue()
            #expect(try await scene.rows().map(\.attempt) == [1])
            try await scene.makeDue()
            await scene.deliverDue()
            #expect((4.5...10.1).contains(try await scene.delay()))
            try FileManager.default.createDirectory(at: scene.spool, withIntermediateDirectories: true)
            try await scene.makeDue()
            await scene.deliverDue()
            #expect(try await scene.rows().map(\.state) == ["sent"])
            #expect(try await scene.rows().map(\.attempt) == [3])
            #expect(try await scene.announced() == [.sent])
        }
    }

    @Test("N-02 A forwarding reaches the organization by e-mail under the message's id")
    func mail() async throws {
        try await NotifierScene.run { scene in
            let address = "gp-\(UUID().uuidString.lowercased())@example.org"
            try await scene.hearing.hear(Samples.forwarded(to: address))
            await scene.deliverDue()
            let mails = try await MailPeer.shared.get().mails(to: address)
            #expect(mails.count == 1 && mails.first?.from.hasPrefix("<line@example.ru>") == true)
            let finished = try #require(try await scene.hearing.announced(MessageFinished.self).first)
            #expect(finished.state == .sent && finished.channel == "smtp")
            let id = finished.messageID.uuidString.lowercased()
            #expect(mails.first?.data.contains("Message-ID: <\(id)@example.ru>") == true)
        }
    }

    @Test("N-01 N-02 SMS and e-mails are delivered apart: a mail server that says nothing holds up no SMS")
    func channelsApart() async throws {
        try await NotifierScene.run { scene in
            try await scene.hearing.hear(Samples.forwarded(to: "gp@example.org"), Samples.registered())
            _ = await scene.delivery.deliverDue(.spool)
            let states = try await scene.rows().map { "\($0.channel) \($0.state) \($0.attempt)" }
            #expect(Set(states) == ["smtp available 0", "spool sent 1"])
            // Nothing of its own is left: it waits for the next one, not for the other channel.
            #expect(try await scene.store.nextDue(.spool) == nil)
            #expect(try await scene.store.nextDue(.smtp) != nil)
        }
    }

    @Test("N-02 An e-mail that was cut off may have arrived: it is uncertain and never sent again")
    func cutOffMail() async throws {
        try await NotifierScene.run { scene in
            try await scene.hearing.hear(Samples.forwarded(to: "drop@example.org"))
            await scene.deliverDue()
            #expect(try await scene.rows().map(\.state) == ["uncertain"])
            await scene.deliverDue()
            #expect(try await scene.rows().map(\.attempt) == [1])
            #expect(try await scene.announced() == [.uncertain])
        }
    }

    @Test("N-02 An e-mail whose sender died in between is uncertain and never sent again")
    func cutOffBySenderDeath() async throws {
        try await NotifierScene.run { scene in
            let address = "gp-\(UUID().uuidString.lowercased())@example.org"
            try await scene.hearing.hear(Samples.forwarded(to: address))
            #expect(try await scene.store.claimDue(.smtp, limit: 10).count == 1)
            // Another replica leaves the claim alone while it holds.
            await scene.deliverDue()
            #expect(try await scene.rows().map(\.state) == ["sending"])
            try await scene.expireClaims()
            await scene.deliverDue()
            #expect(try await scene.rows().map(\.state) == ["uncertain"])
            #expect(try await MailPeer.shared.get().mails(to: address).isEmpty)
            #expect(try await scene.announced() == [.uncertain])
        }
    }

    @Test("N-02 A mail server that says later is asked later; one that says no ends it")
    func refusedMail() async throws {
        try await NotifierScene.run { scene in
            try await scene.hearing.hear(Samples.forwarded(to: "later@example.org"))
            await scene.deliverDue()
            #expect(try await scene.rows().map(\.state) == ["retryable"])
            #expect((2.0...5.1).contains(try await scene.delay()))
            #expect(try await scene.announced().isEmpty)
        }
        try await NotifierScene.run { scene in
            try await scene.hearing.hear(Samples.forwarded(to: "nobody@example.org"))
            await scene.deliverDue()
            #expect(try await scene.rows().map(\.state) == ["failed"])
            #expect(try await scene.announced() == [.failed])
            let reason = try await scene.database.query("SELECT reason FROM message").first?
                .decode("reason", as: String.self)
            // Kept for people to read: neither address nor text.
            #expect(reason?.contains("550") == true && reason?.contains("nobody") == false)
        }
    }

    @Test("N-01 Replicas that claim at once share the messages")
    func sharedClaims() async throws {
        try await NotifierScene.run { scene in
            for _ in 0..<30 { try await scene.hearing.hear(Samples.registered()) }
            let store = scene.store
            let claimed = try await withThrowingTaskGroup(of: [UUID].self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        var mine: [UUID] = []
                        for _ in 0..<20 { mine += try await store.claimDue(.spool, limit: 2).map(\.message.id) }
                        return mine
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == 30 && Set(claimed).count == 30)
        }
    }
}
