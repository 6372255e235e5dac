import Contracts
import Foundation
import Testing
import Vocabulary

@testable import Notifier

@Suite struct MessageTextTests {
    private func rules(hasSMTP: Bool = false) throws -> MessageRules {
        MessageRules(hasSMTP: hasSMTP, zone: try RegionTimeZone(identifier: "Europe/Moscow"))
    }

    /// One message of each kind.
    private func messages() throws -> [OutgoingMessage] {
        let rules = try self.rules()
        let id = UUID()
        return [
            rules.message(for: Samples.registered(), id: id),
            rules.message(for: Samples.forwarded(to: "gp1@example.org"), id: id),
            rules.message(for: Samples.confirmed(), id: id),
            rules.message(for: Samples.cancelled, id: id),
            rules.message(for: try Samples.requested(), id: id),
            rules.message(for: Samples.callbackFinished(.exhausted), id: id, appealNumber: "64-2026-000001"),
            rules.message(for: Samples.reminderFailed, id: id),
            rules.message(for: Samples.requestFailed, id: id, appealNumber: "64-2026-000001"),
        ].compactMap { $0 }
    }

    @Test("N-01 N-02 Every template renders to Russian text without empty places")
    func allRender() async throws {
        let texts = try await MessageTexts(directory: NotifierScene.templates)
        let messages = try self.messages()
        let files = try FileManager.default.contentsOfDirectory(atPath: NotifierScene.templates.path)
        #expect(Set(messages.map { "\($0.template).mustache" }) == Set(files))
        for message in messages {
            let text = try #require(texts.render(message))
            #expect(text.contains { ("а"..."я").contains($0) }, "\(message.template)")
            for mark in ["{{", "}}", "  ", " ,", " .", ",,", ", .", ", ,", "№ .", "&quot;", "&amp;"] {
                #expect(!text.contains(mark), "\(message.template) has \(mark)")
            }
            let template = try String(
                contentsOf: NotifierScene.templates.appendingPathComponent("\(message.template).mustache"),
                encoding: .utf8)
            for place in template.matches(of: /{{[{#]?(\w+)}?}}/) {
                let value = try #require(message.parameters[String(place.1)], "\(message.template) needs \(place.1)")
                #expect(!value.isEmpty && text.contains(value), "\(message.template) leaves \(place.1) out")
            }
        }
    }

    @Test("N-01 A confirmed visit is told with doctor, place and local time; a room only when there is one")
    func confirmedVisit() async throws {
        let texts = try await MessageTexts(directory: NotifierScene.templates)
        let rules = try self.rules()
        let message = try #require(rules.message(for: Samples.confirmed(), id: UUID()))
        #expect(
            texts.render(message) == """
                122: вы записаны. Врач-терапевт, Иванова Ирина Ильинична. ГБУЗ «Поликлиника № 1» & филиал, \
                21.11.2026 06:00, каб. 215. Отменить запись: 122.
                """)
        let bare = try #require(rules.message(for: Samples.confirmed(room: nil), id: UUID()))
        #expect(texts.render(bare)?.contains("21.11.2026 06:00. Отменить") == true)
    }

    @Test("N-02 A forwarding without a comment has no line for it")
    func noComment() async throws {
        let texts = try await MessageTexts(directory: NotifierScene.templates)
        let rules = try self.rules()
        let event = Samples.forwarded(to: "gp1@example.org", comment: "")
        let message = try #require(rules.message(for: event, id: UUID()))
        let text = try #require(texts.render(message))
        #expect(!text.contains("Комментарий"))
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count == 3)
    }

    @Test("N-01 Nobody is written to whose number is unknown or no number for messages")
    func noNumber() throws {
        let rules = try self.rules()
        #expect(rules.message(for: Samples.registered(phone: nil), id: UUID()) == nil)
        let short = rules.message(for: Samples.registered(phone: try PhoneNumber(parsing: "112")), id: UUID())
        #expect(short?.recipient.problem == .short)
        #expect(rules.message(for: Samples.callbackFinished(.reached), id: UUID()) == nil)
        // Only a broken line is explained; who asked for a call, or was promised one, expects it.
        for kind in CallbackKind.allCases {
            let isTold = rules.message(for: try Samples.requested(kind), id: UUID()) != nil
            #expect(isTold == (kind == .brokenCall))
        }
        #expect(rules.message(for: Samples.callbackFinished(.withdrawn), id: UUID()) == nil)
        // Who gave up waiting is not written to when nobody answered.
        #expect(rules.message(for: Samples.callbackFinished(.exhausted, isToldByMessage: false), id: UUID()) == nil)
        #expect(rules.message(for: Samples.callbackFinished(.exhausted, isToldByMessage: true), id: UUID()) != nil)
    }

    @Test("N-01 A visit that nobody could be reminded of by voice is written about, with place and time")
    func visitReminder() async throws {
        let texts = try await MessageTexts(directory: NotifierScene.templates)
        let message = try #require(try self.rules().message(for: Samples.reminderFailed, id: UUID()))
        #expect(message.template == "visit-reminder")
        let text = try #require(texts.render(message))
        #expect(text.contains("напоминаем о приёме") && text.contains(Samples.visit().clinicName))
    }

    @Test("C-07 N-01 Who was called back for another reason than a break does not read that a line broke")
    func notReached() async throws {
        let texts = try await MessageTexts(directory: NotifierScene.templates)
        for (kind, isBroken) in [(CallbackKind?.none, true), (.brokenCall, true), (.requested, false)] {
            var event = Samples.callbackFinished(.exhausted, isToldByMessage: true)
            event.kind = kind
            let message = try #require(try self.rules().message(for: event, id: UUID(), appealNumber: "64-2026-000007"))
            let text = try #require(texts.render(message))
            #expect(text.contains("связь прервалась") == isBroken)
            #expect(text.contains("не дозвонились до вас") && text.contains("64-2026-000007"))
        }
    }

    @Test(
        "N-02 An organization is written to by SMTP where there is a server, by the spool else, and not without an address"
    )
    func organizationChannel() throws {
        let event = Samples.forwarded(to: "gp1@example.org")
        #expect(try self.rules(hasSMTP: true).message(for: event, id: UUID())?.channel == .smtp)
        #expect(try self.rules(hasSMTP: false).message(for: event, id: UUID())?.channel == .spool)
        #expect(try self.rules().message(for: Samples.forwarded(to: nil), id: UUID()) == nil)
        #expect(try self.rules().message(for: Samples.forwarded(to: ""), id: UUID()) == nil)
    }
}
