import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import Testing
import Vocabulary

@testable import Journal

/// Who may see a card and write in it is decided where the card lies (J-04).
@Suite(.timeLimit(.minutes(10))) struct AppealAccessTests {
    @Test("R-701 The id of anything that is not the asker's opens nothing, and every no is the same")
    func foreignID() async throws {
        try await JournalScene.run { scene in
            let (call, other) = (SampleCall(), SampleCall(number: "+79990000002"))
            try await scene.hearing.hear(call.received, call.answered(by: "operator2"))
            let card = try #require(try await scene.hearing.ask(ListAppeals(callID: call.id)).first).appealID
            // Of a caller who gave up: the journal knows the call and no card.
            try await scene.hearing.hear(other.received, other.ended(.abandonedInQueue))
            let noCall = try await scene.open(operatorID: "operator2").appealID
            let closed = try await scene.closed(operatorID: "operator2").appealID
            try await scene.hearing.hear(
                MessageLeft(
                    callID: UUID(), caller: call.caller, recordingID: UUID(), leftAt: Date(), seconds: 12,
                    dueAt: Date()))
            let message = try #require(
                try await scene.hearing.ask(ListSecretaryMessages()).messages.first
            ).appealID
            for id in [card, call.id, other.id, noCall, closed, message] {
                let before = try await scene.count("appeal_history")
                let refusal = await #expect(throws: Refusal.self) { try await scene.open(id) }
                #expect(refusal == .keyReused)
                #expect(try await scene.count("appeal_history") == before)
            }
            // Neither may whoever is in charge: opening is no way of reading.
            let refusal = await #expect(throws: Refusal.self) { try await scene.open(card, operatorID: "admin") }
            #expect(refusal == .keyReused)
            #expect(try await scene.count("appeal") == 4)
        }
    }

    @Test("R-701 A key that another order has used is refused in the same words, and the own card is found again")
    func ownID() async throws {
        try await JournalScene.run { scene in
            let id = UUID()
            let first = try await scene.hearing.ask(OpenAppeal(appealID: id, operatorID: "operator1"), key: id)
            let again = try await scene.hearing.ask(OpenAppeal(appealID: id, operatorID: "operator1"), key: id)
            #expect(first.appealID == id && again.appealID == id)
            let used = await #expect(throws: Refusal.self) {
                try await scene.hearing.ask(OpenAppeal(appealID: id, operatorID: "operator2"), key: id)
            }
            #expect(used == .keyReused)
            // When the kept answer is gone the card is still the one's and not the other's.
            try await scene.database.execute("DELETE FROM request_answer")
            let late = await #expect(throws: Refusal.self) {
                try await scene.hearing.ask(OpenAppeal(appealID: id, operatorID: "operator2"), key: id)
            }
            #expect(late == used)
            #expect(
                try await scene.hearing.ask(OpenAppeal(appealID: id, operatorID: "operator1"), key: id).revision == 0)
        }
    }

    @Test("R-701 A card that was opened with the id of a call to come does not take part in that call")
    func idOfCallToCome() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            _ = try await scene.open(call.id, operatorID: "operator2")
            try await scene.hearing.hear(call.received, call.answered(by: "operator1"))
            try await scene.hearing.hear(call.ended(.callerLineBroken))
            let callback = SampleCall(callbackID: UUID(), originalCallID: call.id)
            try await scene.hearing.hear(callback.answered(by: "operator1"))
            let cards = try await scene.hearing.ask(ListAppeals(callID: callback.id))
            #expect(cards.count == 1 && cards.first?.operatorID == "operator1" && cards.first?.appealID != call.id)
        }
    }

    // MARK: Who writes

    private static let clinic = Organization(organizationID: "gp-1", name: "Поликлиника № 1", email: nil)

    /// Every order that writes in a card, by somebody.
    private static func orders(
        _ card: AppealView, by operatorID: String, isInCharge: Bool? = nil, _ scene: JournalScene
    ) -> [(name: String, order: @Sendable () async throws -> AppealView)] {
        let (id, revision) = (card.appealID, card.revision)
        var changed = AppealCard.sample
        changed.essence = "Чужая правка"
        let fields = changed
        return [
            (
                "save",
                {
                    try await scene.hearing.ask(
                        SaveAppeal(
                            appealID: id, revision: revision, card: fields, measuresDone: false,
                            operatorID: operatorID, isInCharge: isInCharge))
                }
            ),
            (
                "draft",
                {
                    try await scene.hearing.ask(
                        KeepDraft(
                            appealID: id, revision: revision, card: fields, operatorID: operatorID,
                            isInCharge: isInCharge))
                }
            ),
            (
                "forward",
                {
                    try await scene.hearing.ask(
                        ForwardAppeal(
                            appealID: id, organization: Self.clinic, comment: "", operatorID: operatorID,
                            revision: revision, isInCharge: isInCharge))
                }
            ),
            (
                "tell",
                {
                    try await scene.hearing.ask(
                        TellOutcome(
                            appealID: id, channel: .letter, operatorID: operatorID, revision: revision,
                            isInCharge: isInCharge))
                }
            ),
            (
                "close",
                {
                    try await scene.hearing.ask(
                        CloseAppeal(
                            appealID: id, operatorID: operatorID, revision: revision, isAdministrator: nil))
                }
            ),
        ]
    }

    @Test(
        "R-702 The former operator of a transferred card writes nothing in it from that moment on, and the new one does"
    )
    func transferred() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            try await scene.hearing.hear(call.received, call.answered(by: "operator1"))
            let id = try #require(try await scene.hearing.ask(ListAppeals(callID: call.id)).first).appealID
            let card = try await scene.save(id)
            try await scene.hearing.hear(
                CallTransferred(
                    callID: call.id, fromOperatorID: "operator1", toOperatorID: "operator2", toTitle: "Петрова Анна",
                    isEmergency: false, seconds: 7, transferredAt: Date()))
            let before = try await scene.hearing.ask(GetAppeal(appealID: id))
            for (name, order) in Self.orders(card, by: "operator1", scene) {
                #expect(try await scene.refusal(order) == "not-yours", "\(name)")
            }
            // Said to be in charge, nobody becomes the administrator who closes.
            let closing = try #require(Self.orders(card, by: "senior", isInCharge: true, scene).last)
            #expect(try await scene.refusal(closing.order) == "not-yours")
            let after = try await scene.hearing.ask(GetAppeal(appealID: id))
            #expect(after.revision == before.revision && after.history.count == before.history.count)
            #expect(after.operatorID == "operator2")
            let saved = try #require(Self.orders(card, by: "operator2", scene).first)
            #expect(try await saved.order().revision == card.revision + 1)
        }
    }

    @Test("R-702 Of two who write at once the one whose card it is by then is heard, in whatever order they come")
    func whileTransferred() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            try await scene.hearing.hear(call.received, call.answered(by: "operator1"))
            let id = try #require(try await scene.hearing.ask(ListAppeals(callID: call.id)).first).appealID
            let card = try await scene.save(id)
            // The transfer holds the row: the save waits for it and sees what it has done.
            let save = try #require(Self.orders(card, by: "operator1", scene).first)
            let refusal = try await withThrowingTaskGroup(of: String?.self) { group in
                try await scene.database.transaction { transaction in
                    try await transaction.execute("UPDATE appeal SET operator_id = 'operator2' WHERE id = \(id)")
                    group.addTask { try await scene.refusal(save.order) }
                    try await scene.waitForLock()
                }
                return try await group.next() ?? nil
            }
            #expect(refusal == "not-yours")
        }
    }

    @Test("R-702 Who is in charge writes in every card that is somebody's")
    func inCharge() async throws {
        try await JournalScene.run { scene in
            let card = try await scene.registered()
            let save = try #require(Self.orders(card, by: "senior", isInCharge: true, scene).first)
            #expect(try await save.order().revision == card.revision + 1)
        }
    }

    @Test("R-703 Closing, forwarding and telling name the revision that was seen, and nothing is done without one")
    func revisions() async throws {
        try await JournalScene.run { scene in
            let seen = try await scene.done()
            var fields = seen.card
            fields.address = "ул. Ленина, 1"
            let now = try await scene.save(seen.appealID, revision: seen.revision, fields, measuresDone: true)
            let id = seen.appealID
            for revision in [seen.revision, nil, now.revision + 1] {
                let forward = ForwardAppeal(
                    appealID: id, organization: Self.clinic, comment: "", operatorID: "operator1", revision: revision)
                let tell = TellOutcome(
                    appealID: id, channel: .letter, operatorID: "operator1", revision: revision)
                let close = CloseAppeal(
                    appealID: id, operatorID: "admin1", revision: revision, isAdministrator: true)
                #expect(try await scene.refusal { try await scene.hearing.ask(forward) } == "revision-differs")
                #expect(try await scene.refusal { try await scene.hearing.ask(tell) } == "revision-differs")
                #expect(try await scene.refusal { try await scene.hearing.ask(close) } == "revision-differs")
            }
            // Forwarding is a change too: who looked before it closes nothing.
            _ = try await scene.tell(id, .letter, revision: now.revision)
            let forwarded = try await scene.forward(id, to: Self.clinic, revision: now.revision)
            #expect(try await scene.refusal { try await scene.close(id, revision: now.revision) } == "revision-differs")
            #expect(try await scene.close(id, revision: forwarded.revision).state == .closed)
        }
    }

    // MARK: Who reads

    @Test(
        "R-701 J-04 The whole card is for who has it, who is asked to take it over, where it lies, and who is in charge"
    )
    func reading() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            try await scene.hearing.hear(call.received, call.answered(by: "operator1"))
            let id = try #require(try await scene.hearing.ask(ListAppeals(callID: call.id)).first).appealID
            let people = [
                AppealAsker(accountID: "operator1"), AppealAsker(accountID: "operator2"),
                AppealAsker(accountID: "admin", isInCharge: true),
                AppealAsker(accountID: "org-gp-1", organizationID: "gp-1"),
                AppealAsker(accountID: "org-none", organizationID: ""),
            ]
            func readers() async throws -> [String] {
                var readers: [String] = []
                for asker in people {
                    let refusal = try await scene.refusal {
                        try await scene.hearing.ask(GetAppeal(appealID: id, asker: asker))
                    }
                    #expect(refusal == nil || refusal == "not-yours")
                    // Lists know the same.
                    let listed = try await scene.hearing.ask(ListAppeals(callID: call.id, asker: asker))
                    #expect(listed.map(\.appealID) == (refusal == nil ? [id] : []), "\(asker.accountID)")
                    #expect(
                        try await scene.hearing.ask(ListAppeals(asker: asker)).count == (refusal == nil ? 1 : 0),
                        "\(asker.accountID)")
                    if refusal == nil { readers.append(asker.accountID) }
                }
                return readers
            }
            #expect(try await readers() == ["operator1", "admin"])
            try await scene.hearing.hear(
                CallOffered(
                    callID: call.id, fromOperatorID: "operator1", toOperatorID: "operator2", offeredAt: Date()))
            #expect(try await readers() == ["operator1", "operator2", "admin"])
            try await scene.hearing.hear(call.ended(.completedByCaller))
            _ = try await scene.save(id)
            _ = try await scene.forward(id, to: Self.clinic)
            #expect(try await readers() == ["operator1", "admin", "org-gp-1"])
            let ministry = Organization(organizationID: "minzdrav", name: "Министерство", email: nil)
            _ = try await scene.forward(id, to: ministry)
            #expect(try await readers() == ["operator1", "admin"])
        }
    }

    @Test("R-706 Who once took a message reads its card by taking it again only while it is theirs")
    func takenOnce() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            try await scene.hearing.hear(
                MessageLeft(
                    callID: call.id, caller: call.caller, recordingID: UUID(), leftAt: call.start, seconds: 12,
                    dueAt: call.start))
            let id = try #require(try await scene.hearing.ask(ListSecretaryMessages()).messages.first).appealID
            func take(_ operatorID: String) async throws -> String? {
                try await scene.refusal {
                    try await scene.hearing.ask(TakeAppeal(appealID: id, operatorID: operatorID))
                }
            }
            #expect(try await take("operator1") == nil)
            #expect(try await take("operator1") == nil)
            // A callback was answered by somebody else, who goes on with the card.
            let callback = SampleCall(callbackID: UUID(), originalCallID: call.id)
            try await scene.hearing.hear(callback.answered(by: "operator2"))
            #expect(try await take("operator1") == "already-taken")
            #expect(try await take("operator3") == "already-taken")
            // And the other way round: whose card it is now did not take the message.
            #expect(try await take("operator2") == "already-taken")
        }
    }

    @Test("R-708 Tasks name the cards of who asks, and of those who are in charge all")
    func taskLists() async throws {
        try await JournalScene.run { scene in
            var cards: [String: UUID] = [:]
            for operatorID in ["operator1", "operator2"] {
                let card = try await scene.done(operatorID: operatorID).appealID
                cards[operatorID] = card
                var failed = BookingFailed(
                    bookingID: UUID(), appealID: card, operatorID: operatorID, state: .manual, refusal: nil,
                    failedAt: Date())
                failed.isCancelling = true
                try await scene.hearing.hear(failed)
            }
            for (operatorID, card) in cards {
                let own = try await scene.hearing.ask(ListTasks(operatorID: operatorID))
                #expect(own.map(\.appealID) == [card])
            }
            #expect(try await scene.hearing.ask(ListTasks(operatorID: "")).isEmpty)
            #expect(Set(try await scene.hearing.ask(ListTasks()).map(\.appealID)) == Set(cards.values))
        }
    }
}
