import Contracts
import Foundation
import Messaging
import NIOConcurrencyHelpers
import OutboundHTTP
import Vocabulary

/// An operator who does for each call what a person would: saves the card, books a doctor, forwards the card.
final class ScriptedOperator: Sendable {
    /// What the operators did, as the desk confirmed it to them.
    struct Tally: Sendable {
        var saved: [UUID] = []
        /// Open: the answer got lost, and before the order was repeated the card went on with a colleague.
        var savesOpen: [UUID] = []
        var booked: [UUID] = []
        var bookingsOpen: [UUID] = []
        var forwarded: [UUID] = []
        var forwardsOpen: [UUID] = []
        /// Closed by the administrator.
        var closed: [UUID] = []
        var failures: [String: Int] = [:]
    }

    private let desk: DeskClient
    /// How many visits are booked for the next days; a voice reminds of them.
    private static let soonVisits = 12

    private let slots: SlotPool
    private let organizations: [Organization]
    /// `1001@second`; nil for the telephone of the account.
    private let telephone: String?
    private let tally: NIOLockedValueBox<Tally>
    private let people: NIOLockedValueBox<Int>
    private let closing: DemoClosing
    /// What is in hand: cards being filled, and whether the call of the last one is over.
    private struct InHand {
        var cards = 0
        var isAfterCall = false
    }
    private let inHand = NIOLockedValueBox(InHand())
    private let seen = NIOLockedValueBox<Set<UUID>>([])

    init(
        _ desk: DeskClient, telephone: String? = nil, slots: SlotPool, organizations: [Organization],
        tally: NIOLockedValueBox<Tally>,
        people: NIOLockedValueBox<Int>, closing: DemoClosing
    ) {
        self.closing = closing
        self.desk = desk
        self.telephone = telephone
        self.slots = slots
        self.organizations = organizations
        self.tally = tally
        self.people = people
    }

    private struct StateChoice: Encodable {
        let state: OperatorState
        let telephone: String?
    }

    private struct CardOpened: Decodable {
        let appealID: UUID
        let operatorID: String
    }

    func set(_ state: OperatorState) async throws {
        let _: OperatorView = try await self.desk.order(
            "POST", "/api/state", StateChoice(state: state, telephone: self.telephone))
    }

    /// Works until cancelled. A lost connection to the desk is taken up again, and what was missed is read.
    func work(onReady: @escaping @Sendable () -> Void) async {
        await withTaskGroup { group in
            let (cards, continuation) = AsyncStream.makeStream(of: UUID.self)
            group.addTask {
                await withTaskGroup { inner in
                    for await card in cards {
                        _ = self.isDone { $0.cards += 1 }
                        inner.addTask {
                            await self.handle(card)
                            if self.isDone(after: { $0.cards -= 1 }) { await self.goOn() }
                        }
                    }
                }
            }
            var isFirst = true
            while !Task.isCancelled {
                do {
                    try await self.desk.events { kind, data in
                        switch kind {
                        case "open", "refetch":
                            for appeal in try await self.desk.get("/api/appeals", as: [AppealSummary].self)
                            where appeal.state == .draft && appeal.callID != nil { continuation.yield(appeal.appealID) }
                            if isFirst {
                                isFirst = false
                                try await self.set(.ready)
                                onReady()
                            }
                        case "card":
                            let card = try MessageCoding.decoder.decode(CardOpened.self, from: data)
                            if card.operatorID == self.desk.accountID { continuation.yield(card.appealID) }
                        case "operator":
                            let own = try MessageCoding.decoder.decode(OperatorView.self, from: data)
                            guard own.operatorID == self.desk.accountID else { break }
                            // Not here: the stream must go on being read.
                            if self.isDone(after: { $0.isAfterCall = own.state == .afterCall }) {
                                group.addTask { await self.goOn() }
                            }
                        default: break
                        }
                    }
                } catch {
                    if Task.isCancelled { break }
                }
                try? await Task.sleep(for: .milliseconds(200))
            }
            continuation.finish()
            await group.waitForAll()
        }
    }

    /// Notes what changed.
    /// - Returns: whether the call is over and no card is left to fill.
    private func isDone(after change: (inout InHand) -> Void) -> Bool {
        self.inHand.withLockedValue { inHand in
            change(&inHand)
            guard inHand.isAfterCall, inHand.cards == 0 else { return false }
            inHand.isAfterCall = false
            return true
        }
    }

    /// Ends the after-call work: it lasts a minute otherwise, and the next caller would wait (T-14).
    private func goOn() async {
        do {
            try await self.set(.ready)
        } catch is CancellationError {
        } catch let error as DeskClient.Refused {
            self.note("\(error.status) \(error.errorID)")
        } catch {
            self.note("\(error)")
        }
    }

    private func handle(_ appealID: UUID) async {
        guard self.seen.withLockedValue({ $0.insert(appealID).inserted }) else { return }
        do {
            let person = DemoPerson(
                number: self.people.withLockedValue { number in
                    number += 1
                    return number
                })
            var appeal = try await self.desk.get("/api/appeals/\(appealID)", as: AppealView.self)
            // A card that goes on after a broken call: only what is left to do.
            if appeal.state == .draft {
                let draft = appeal
                appeal = try await self.counting(\.savesOpen, appealID) {
                    try await self.desk.order(
                        "PUT", "/api/appeals/\(appealID)",
                        Save(
                            revision: draft.revision, card: person.card(phone: draft.card.phone), measuresDone: false)
                    )
                }
                self.tally.withLockedValue { $0.saved.append(appealID) }
                try await self.book(person, for: appeal)
            } else if !appeal.forwardings.isEmpty {
                return
            }
            let organization = self.organizations[person.number % self.organizations.count]
            let revision = appeal.revision
            let forwarded: AppealView = try await self.counting(\.forwardsOpen, appealID) {
                try await self.desk.order(
                    "POST", "/api/appeals/\(appealID)/forward",
                    Forward(
                        organizationID: organization.organizationID, comment: "Прошу принять", revision: revision))
            }
            self.tally.withLockedValue { $0.forwarded.append(appealID) }
            if let channel = self.closing.channel(for: forwarded) {
                try await self.tell(forwarded, channel)
                self.closing.add(appealID)
            }
        } catch is CancellationError {
        } catch let error as DeskClient.Refused where error.errorID == "not-yours" {
            // The line broke meanwhile, and a colleague who took the callback goes on with the card.
        } catch let error as DeskClient.Refused {
            self.note("\(error.status) \(error.errorID)")
        } catch {
            self.note("\(error)")
        }
    }

    /// All measures are taken, and the citizen is told so, or a voice is to tell it (C-05).
    private func tell(_ appeal: AppealView, _ channel: OutcomeChannel) async throws {
        var card = appeal.card
        card.measures = "Записан к врачу"
        let done: AppealView = try await self.desk.order(
            "PUT", "/api/appeals/\(appeal.appealID)", Save(revision: appeal.revision, card: card, measuresDone: true))
        let _: AppealView = try await self.desk.order(
            "POST", "/api/appeals/\(appeal.appealID)/tell", Telling(channel: channel, revision: done.revision))
    }

    private func book(_ person: DemoPerson, for appeal: AppealView) async throws {
        let clinic = self.slots.clinics[person.number % self.slots.clinics.count]
        let patient = try await self.desk.patient(person, clinic: clinic)
        // A slot may have gone meanwhile: the next one, as an operator would.
        for _ in 0..<10 {
            // A voice reminds of what is near.
            let isSoon = self.tally.withLockedValue { $0.booked.count < Self.soonVisits }
            guard let slot = self.slots.take(clinic: clinic, isSoon: isSoon) else {
                self.note("no free slot left in the МИС")
                return
            }
            let bookingID = MessageID.next()
            do {
                let booking: BookingView = try await self.counting(\.bookingsOpen, bookingID) {
                    try await self.desk.order(
                        "POST", "/api/bookings",
                        Wish(
                            bookingID: bookingID, appealID: appeal.appealID, patientID: patient.patientID,
                            visit: slot), key: bookingID)
                }
                switch booking.state {
                case .booked: self.tally.withLockedValue { $0.booked.append(bookingID) }
                case .refused: continue
                default: self.tally.withLockedValue { $0.bookingsOpen.append(bookingID) }
                }
                return
            } catch let error as DeskClient.Refused where ["slot-in-use", "slot-gone"].contains(error.errorID) {
                continue
            }
        }
    }

    /// Does an order, and counts it as open when it is refused because the card is a colleague's by now: repeated after a
    /// crash, it may have been done before.
    private func counting<Answer: Sendable>(
        _ open: WritableKeyPath<Tally, [UUID]>, _ id: UUID, _ order: () async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await order()
        } catch let error as DeskClient.Refused where error.errorID == "not-yours" {
            self.tally.withLockedValue { $0[keyPath: open].append(id) }
            throw error
        }
    }

    private func note(_ problem: String) {
        self.tally.withLockedValue { $0.failures[problem, default: 0] += 1 }
    }

    private struct Save: Encodable {
        let revision: Int
        let card: AppealCard
        let measuresDone: Bool
    }

    private struct Forward: Encodable {
        let organizationID: String
        let comment: String
        let revision: Int
    }

    private struct Telling: Encodable {
        let channel: OutcomeChannel
        let revision: Int
    }

    private struct Wish: Encodable {
        let bookingID: UUID
        let appealID: UUID
        let patientID: String
        let visit: SlotChoice
    }
}
