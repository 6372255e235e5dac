import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import Testing
import Vocabulary

@testable import Journal

/// What is closed stays as it is, by any way, and what stands in a history is only added to (J-02, J-03).
@Suite(.timeLimit(.minutes(10))) struct ClosedAppealTests {
    private static let clinic = Organization(organizationID: "gp-1", name: "Поликлиника № 1", email: "gp1@example.org")

    @Test("R-704 J-03 A closed card takes no save, no draft, no forwarding, no telling, no closing, from nobody")
    func orders() async throws {
        try await JournalScene.run { scene in
            let card = try await scene.closed()
            let (id, revision) = (card.appealID, card.revision)
            for (operatorID, isInCharge) in [("operator1", false), ("admin1", true)] {
                let refusals = [
                    try await scene.refusal {
                        try await scene.hearing.ask(
                            SaveAppeal(
                                appealID: id, revision: revision, card: card.card, measuresDone: true,
                                operatorID: operatorID, isInCharge: isInCharge))
                    },
                    try await scene.refusal {
                        try await scene.hearing.ask(
                            KeepDraft(
                                appealID: id, revision: revision, card: .sample, operatorID: operatorID,
                                isInCharge: isInCharge))
                    },
                    try await scene.refusal {
                        try await scene.hearing.ask(
                            ForwardAppeal(
                                appealID: id, organization: Self.clinic, comment: "", operatorID: operatorID,
                                revision: revision, isInCharge: isInCharge))
                    },
                    try await scene.refusal {
                        try await scene.hearing.ask(
                            TellOutcome(
                                appealID: id, channel: .letter, operatorID: operatorID, revision: revision,
                                isInCharge: isInCharge))
                    },
                    try await scene.refusal { try await scene.close(id) },
                ]
                #expect(refusals.allSatisfy { $0 == "appeal-closed" }, "\(operatorID): \(refusals)")
            }
            let after = try await scene.hearing.ask(GetAppeal(appealID: id))
            #expect(after.history.count == card.history.count && after.revision == revision)
        }
    }

    @Test(
        "R-704 The table refuses every change of a closed card",
        arguments: [
            "SET card = '{}'", "SET state = 'inWork', told_through = NULL, told_by = NULL, told_at = NULL",
            "SET operator_id = 'operator9'", "SET organization_id = 'gp-2', organization_name = 'ГП 2'",
            "SET card = jsonb_set(card, '{measures}', '\"Другие\"')", "SET revision = revision + 1",
            "SET told_at = now()", "SET changed_at = now()",
        ])
    func rowIsKept(change: String) async throws {
        try await JournalScene.run { scene in
            let card = try await scene.closed()
            let error = await #expect(throws: PostgresError.self) {
                try await scene.database.execute("UPDATE appeal \(unsafeSQL: change) WHERE id = \(card.appealID)")
            }
            #expect(error?.constraintName == "appeal_closed_is_kept")
            // Of a card that is not closed it is the rules' to decide.
            let open = try await scene.done()
            try await scene.database.execute(
                "UPDATE appeal SET operator_id = 'operator9' WHERE id = \(open.appealID)")
        }
    }

    @Test(
        "R-704 The tables refuse to lose or to change what stands in a history, and to add to that of a closed card",
        arguments: [
            ("DELETE FROM appeal", "appeal_closed_is_kept"),
            ("DELETE FROM appeal_history", "appeal_history_is_kept"),
            ("UPDATE appeal_history SET text = 'иначе'", "appeal_history_is_kept"),
            ("DELETE FROM appeal_forwarding", "appeal_forwarding_is_kept"),
            ("UPDATE appeal_forwarding SET comment = ''", "appeal_forwarding_is_kept"),
            (
                "INSERT INTO appeal_history (appeal_id, at, actor, text) SELECT id, now(), 'x', 'y' FROM appeal",
                "appeal_history_of_closed"
            ),
            (
                """
                INSERT INTO appeal_forwarding (appeal_id, organization_id, organization_name, comment, actor, at)
                SELECT id, 'gp-2', 'ГП 2', '', 'x', now() FROM appeal
                """, "appeal_forwarding_of_closed"
            ),
        ])
    func childrenAreKept(change: String, trigger: String) async throws {
        try await JournalScene.run { scene in
            let done = try await scene.done()
            _ = try await scene.forward(done.appealID, to: Self.clinic)
            _ = try await scene.tell(done.appealID, .letter)
            _ = try await scene.close(done.appealID)
            let error = await #expect(throws: PostgresError.self) {
                try await scene.database.execute("\(unsafeSQL: change)")
            }
            #expect(error?.constraintName == trigger)
        }
    }

    @Test("R-704 A migration of the owner may change a closed card, and nobody else who says to be one")
    func migration() async throws {
        try await JournalScene.run { scene in
            let card = try await scene.closed()
            try await scene.database.transaction { transaction in
                try await transaction.execute("SET LOCAL line122.migration = '0007_example'")
                try await transaction.execute(
                    "UPDATE appeal SET changed_at = now() WHERE id = \(card.appealID)")
            }
            // Any role that exists everywhere and owns nothing.
            try await scene.database.execute("GRANT SELECT, UPDATE ON appeal TO pg_monitor")
            let error = await #expect(throws: PostgresError.self) {
                try await scene.database.transaction { transaction in
                    try await transaction.execute("SET LOCAL line122.migration = '0007_example'")
                    try await transaction.execute("SET LOCAL ROLE pg_monitor")
                    try await transaction.execute(
                        "UPDATE appeal SET changed_at = now() WHERE id = \(card.appealID)")
                }
            }
            #expect(error?.constraintName == "appeal_closed_is_kept")
        }
    }

    @Test(
        "R-704 What is told of a visit, a callback, a message or a call after the closing is not the closed card's any more"
    )
    func lateEvents() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            try await scene.hearing.hear(call.received, call.answered())
            let card = try await scene.closed(call)
            let id = card.appealID
            let visit = Visit(
                clinicID: "17", clinicName: "Поликлиника № 1", specialityID: "1", specialityName: "Терапевт",
                doctorID: "2", doctorName: "Иванова И. И.", slotID: "3", startsAt: Date(), room: nil)
            var reminder = CallbackRequested(
                callbackID: UUID(), callID: call.id, number: try PhoneNumber(parsing: "+79990000001"),
                operatorID: nil, brokenAt: Date(), firstDialDue: Date(), kind: .appointmentReminder)
            reminder.appealID = id
            var survey = reminder
            (survey.callbackID, survey.kind) = (UUID(), .survey)
            var failed = BookingFailed(
                bookingID: UUID(), appealID: id, operatorID: "operator1", state: .manual, refusal: nil,
                failedAt: Date())
            failed.isCancelling = true
            let handled = try await scene.hearing.hear(
                call.ended(.completedByCaller),
                CallTransferred(
                    callID: call.id, fromOperatorID: "operator1", toOperatorID: nil, toTitle: "Поликлиника",
                    isEmergency: false, seconds: 3, transferredAt: Date()),
                BookingConfirmed(
                    bookingID: UUID(), appealID: id, operatorID: "operator1", visit: visit, patientPhone: nil,
                    confirmedAt: Date()),
                BookingCancelled(
                    bookingID: UUID(), appealID: id, operatorID: "operator1", visit: visit, patientPhone: nil,
                    cancelledAt: Date()),
                MessageFinished(
                    messageID: UUID(), template: "appeal-registered", channel: "spool", state: .sent, appealID: id,
                    callID: nil, finishedAt: Date()),
                MessageFinished(
                    messageID: UUID(), template: "appeal-registered", channel: "spool", state: .sent, appealID: nil,
                    callID: call.id, finishedAt: Date()),
                CallbackAnswered(
                    callbackID: UUID(), kind: .appointmentReminder, appealID: id, bookingID: UUID(),
                    choice: .cancels, answeredAt: Date()),
                reminder, survey, failed)
            #expect(handled == 10)
            let after = try await scene.hearing.ask(GetAppeal(appealID: id))
            // What came of the card itself: that the citizen is asked, and what somebody has to do.
            #expect(
                after.history.dropFirst(card.history.count).map(\.text).sorted()
                    == ["Задача: Отменить запись в МИС", "Назначен опрос"])
            #expect(after.revision == card.revision && after.card == card.card)
        }
    }

    @Test("R-704 Work on a closed card goes on in a new one, which knows the citizen and is linked both ways")
    func continuing() async throws {
        try await JournalScene.run { scene in
            let closed = try await scene.closed()
            func goOn(_ about: UUID, by operatorID: String, isInCharge: Bool? = nil, id: UUID = UUID()) async throws
                -> AppealView
            {
                try await scene.hearing.ask(
                    OpenAppeal(appealID: id, operatorID: operatorID, aboutID: about, isInCharge: isInCharge))
            }
            let id = UUID()
            let next = try await goOn(closed.appealID, by: "operator1", id: id)
            #expect(next.state == .draft && next.aboutID == closed.appealID && next.aboutNumber == closed.number)
            #expect(next.card.applicant == closed.card.applicant && next.card.phone == closed.card.phone)
            #expect(next.card.essence.isEmpty && next.card.measures.isEmpty)
            #expect(next.history.map(\.text) == ["Карточка открыта: продолжение закрытой № \(closed.number ?? "")"])
            // Asked again, it is the same one.
            #expect(try await goOn(closed.appealID, by: "operator1", id: id).history.count == 1)
            let after = try await scene.hearing.ask(GetAppeal(appealID: closed.appealID))
            #expect(after.history.dropFirst(closed.history.count).map(\.text) == [AppealStore.linked])
            #expect(after.state == .closed && after.card == closed.card && after.revision == closed.revision)
            #expect(try await goOn(closed.appealID, by: "admin1", isInCharge: true).operatorID == "admin1")
            // The name of a citizen is not to be had by a card's id.
            #expect(try await scene.refusal { try await goOn(closed.appealID, by: "operator2") } == "not-yours")
            let open = try await scene.registered()
            #expect(try await scene.refusal { try await goOn(open.appealID, by: "operator1") } == "not-closed")
            #expect(try await scene.refusal { try await goOn(UUID(), by: "operator1") } == "no-such-appeal")
        }
    }

    @Test(
        "R-704 A card with a message that nobody has heard is not closed; a message left after the closing has a card of its own"
    )
    func messages() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            func left() -> MessageLeft {
                MessageLeft(
                    callID: call.id, caller: call.caller, recordingID: UUID(), leftAt: call.start, seconds: 12,
                    dueAt: call.start)
            }
            try await scene.hearing.hear(call.received, call.answered(), left())
            let id = try #require(try await scene.hearing.ask(ListAppeals(callID: call.id)).first).appealID
            var fields = AppealCard.sample
            fields.measures = "Записана к терапевту"
            _ = try await scene.save(id, fields, measuresDone: true)
            _ = try await scene.tell(id, .conversation)
            #expect(try await scene.refusal { try await scene.close(id) } == "message-waiting")
            _ = try await scene.hearing.ask(TakeAppeal(appealID: id, operatorID: "operator1"))
            _ = try await scene.close(id)
            // Told of again it is still that one.
            try await scene.hearing.hear(left())
            #expect(try await scene.count("appeal") == 1)

            let second = SampleCall(number: "+79990000002")
            try await scene.hearing.hear(second.received, second.answered())
            let closed = try await scene.closed(second)
            try await scene.hearing.hear(
                MessageLeft(
                    callID: second.id, caller: second.caller, recordingID: UUID(), leftAt: second.start, seconds: 9,
                    dueAt: second.start))
            let waiting = try await scene.hearing.ask(ListSecretaryMessages()).messages
            let message = try #require(waiting.first)
            #expect(waiting.count == 1 && message.appealID != closed.appealID)
            let taken = try await scene.hearing.ask(
                TakeAppeal(appealID: message.appealID, operatorID: "operator2"))
            #expect(taken.aboutID == closed.appealID && taken.operatorID == "operator2" && taken.channel == .secretary)
            #expect(taken.messages?.count == 1)
        }
    }
}
