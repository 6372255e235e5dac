import Contracts
import Foundation
import Messaging
import NIOConcurrencyHelpers
import TestSupport
import Testing
import Vocabulary

@testable import OperatorDesk

/// The routes of booking, with a booking and a journal that note what they are asked.
@Suite(.timeLimit(.minutes(10))) struct BookingRoutesTests {
    private static let appealID = UUID()
    private static let phone = "+79990000001"
    /// The booking of the card.
    private static let bookingID = UUID()

    private typealias Asked = NIOLockedValueBox<[any Messaging.Request]>

    private static func view(_ id: UUID, _ slot: SlotChoice) -> BookingView {
        BookingView(
            bookingID: id, appealID: self.appealID, state: .booked,
            visit: Visit(
                clinicID: slot.clinicID, clinicName: "Поликлиника", specialityID: slot.specialityID,
                specialityName: "Терапия", doctorID: slot.doctorID, doctorName: "Врачов П. П.", slotID: slot.slotID,
                startsAt: slot.startsAt, room: nil), refusal: nil, changedAt: Date())
    }

    private static let slot = SlotChoice(
        clinicID: "17", specialityID: "22", doctorID: "D-9", slotID: "S-1", startsAt: Date(timeIntervalSince1970: 1e9))

    private static func run(
        state: AppealState = .inWork, owner: String = "operator1",
        _ body: (DeskServer, Asked) async throws -> Void
    ) async throws {
        let asked = Asked([])
        @Sendable func note(_ request: any Messaging.Request) { asked.withLockedValue { $0.append(request) } }
        let booking: [RequestHandler] = [
            .read(FindPatient.self) { request in
                note(request)
                throw Refusal("patient-not-found", "Пациент не найден в поликлинике.")
            },
            .effect(AddPatient.self) { request, _ in
                note(request)
                return .init(patientID: "P-1")
            },
            .effect(BookVisit.self) { request, _ in
                note(request)
                return Self.view(request.bookingID, request.slot)
            },
            .effect(CancelBooking.self) { request, _ in
                note(request)
                return Self.view(request.bookingID, Self.slot)
            },
            .read(ListBookings.self) { request in
                request.appealID == Self.appealID ? [Self.view(Self.bookingID, Self.slot)] : []
            },
            .effect(ResolveBooking.self) { request, _ in
                note(request)
                return Self.view(request.bookingID, Self.slot)
            },
        ]
        let journal: [RequestHandler] = [
            .read(GetAppeal.self) { _ in
                AppealView(
                    appealID: Self.appealID, number: nil, state: state, revision: 0,
                    card: AppealCard(phone: try? PhoneNumber(parsing: Self.phone)), callID: nil, operatorID: owner,
                    openedAt: Date(), registeredAt: nil, forwardings: [], history: [], channel: .hotLine, messages: [],
                    offeredTo: [])
            }
        ]
        try await DeskServer.run(services: [.booking: booking, .journal: journal]) { try await body($0, asked) }
    }

    private static func wish(_ id: UUID = UUID(), appealID: UUID? = Self.appealID) -> String {
        let appeal = appealID.map { "\"appealID\":\"\($0)\"," } ?? ""
        return """
            {"bookingID":"\(id)",\(appeal)"patientID":"P-1","patientPhone":"+79270000099","visit":{"clinicID":"17",
            "clinicName":"переведите 5000 р.","specialityID":"22","specialityName":"полис заблокирован","doctorID":"D-9",
            "doctorName":"служба безопасности","slotID":"S-1","startsAt":"2026-11-30T07:00:00.000Z","room":"evil.example"}}
            """
    }

    private static let person = """
        {"clinicID":"17","name":{"family":"Тестов","given":"Иван"},"birthDate":"1980-02-29","addIfUnknown":true}
        """

    @Test("F-504 A visit is booked for the telephone of the card, and nothing that a browser calls it goes on")
    func book() async throws {
        try await Self.run { desk, asked in
            let cookie = try await desk.cookie()
            let answer = try await desk.ask("POST", "/api/bookings", cookie: cookie, json: Self.wish())
            #expect(answer.status == 200)
            let request = try #require(asked.withLockedValue { $0.first } as? BookVisit)
            #expect(request.patientPhone?.e164 == Self.phone && request.operatorID == "operator1")
            let sent = String(decoding: try MessageCoding.encoder.encode(request), as: UTF8.self)
            for word in ["9270000099", "переведите", "полис", "служба", "evil"] { #expect(!sent.contains(word)) }
            #expect(request.slot.slotID == "S-1" && request.slot.doctorID == "D-9")
        }
    }

    @Test("F-504 Without a card nothing is booked")
    func withoutCard() async throws {
        try await Self.run { desk, asked in
            let cookie = try await desk.cookie()
            let answer = try await desk.ask(
                "POST", "/api/bookings", cookie: cookie, json: Self.wish(appealID: nil))
            #expect((400..<500).contains(answer.status))
            #expect(asked.withLockedValue { $0.isEmpty })
        }
    }

    @Test("R-704 On a closed card nothing is booked")
    func closed() async throws {
        try await Self.run(state: .closed) { desk, asked in
            let cookie = try await desk.cookie()
            let answer = try await desk.ask("POST", "/api/bookings", cookie: cookie, json: Self.wish())
            #expect(answer.status == 409 && answer.errorID == "appeal-closed")
            #expect(asked.withLockedValue { $0.isEmpty })
        }
    }

    @Test("J-04 On a colleague's card nothing is booked")
    func foreign() async throws {
        try await Self.run(owner: "operator2") { desk, asked in
            let cookie = try await desk.cookie()
            let answer = try await desk.ask("POST", "/api/bookings", cookie: cookie, json: Self.wish())
            #expect((400..<500).contains(answer.status) && asked.withLockedValue { $0.isEmpty })
        }
    }

    @Test("F-505 Finding and adding are two orders, and an old page that wants both gets the first one only")
    func patients() async throws {
        try await Self.run { desk, asked in
            let cookie = try await desk.cookie()
            let found = try await desk.ask("POST", "/api/patients/find", cookie: cookie, json: Self.person)
            #expect(found.errorID == "patient-not-found")
            let request = try #require(asked.withLockedValue { $0.first } as? FindPatient)
            #expect(request.addIfUnknown == false)
            let added = try await desk.ask("POST", "/api/patients", cookie: cookie, json: Self.person)
            #expect(added.status == 200 && added.json?["patientID"] == "P-1")
            let order = try #require(asked.withLockedValue { $0.last } as? AddPatient)
            #expect(order.operatorID == "operator1" && order.name.family == "Тестов")
            // An organization neither finds nor adds.
            let other = try await desk.cookie("org-gp-1")
            #expect(try await desk.ask("POST", "/api/patients", cookie: other, json: Self.person).status == 403)
            #expect(asked.withLockedValue { $0.count } == 2)
        }
    }

    private static func finding(appealID: UUID? = Self.appealID) -> String {
        let appeal = appealID.map { "\"appealID\":\"\($0)\"," } ?? ""
        return "{\(appeal)\"isPresent\":true,\"misBookingID\":\"A-88001\"}"
    }

    @Test("J-04 F-506 What the МИС shows is said by whose card it is, of a booking of this card, also of a closed one")
    func findings() async throws {
        try await Self.run(state: .closed) { desk, asked in
            let own = "/api/bookings/\(Self.bookingID)/resolve"
            let (cookie, colleague) = (try await desk.cookie(), try await desk.cookie("level2"))
            #expect(try await desk.ask("POST", own, cookie: colleague, json: Self.finding()).status == 403)
            let other = try await desk.ask(
                "POST", "/api/bookings/\(UUID())/resolve", cookie: cookie, json: Self.finding())
            #expect(other.status == 403 && other.errorID == "not-yours")
            let old = try await desk.ask("POST", own, cookie: cookie, json: Self.finding(appealID: nil))
            #expect(old.status == 400)
            #expect(asked.withLockedValue { $0.isEmpty })
            #expect(try await desk.ask("POST", own, cookie: cookie, json: Self.finding()).status == 200)
        }
    }

    @Test("R-707 F-506 Whoever cancels, or says what the МИС shows, is named in the order")
    func actors() async throws {
        try await Self.run { desk, asked in
            let cookie = try await desk.cookie("supervisor")
            let id = UUID()
            #expect(try await desk.ask("DELETE", "/api/bookings/\(id)", cookie: cookie).status == 200)
            let cancel = try #require(asked.withLockedValue { $0.last } as? CancelBooking)
            #expect(cancel.bookingID == id && cancel.operatorID == "supervisor")
            let answer = try await desk.ask(
                "POST", "/api/bookings/\(Self.bookingID)/resolve", cookie: cookie, json: Self.finding())
            #expect(answer.status == 200)
            let resolve = try #require(asked.withLockedValue { $0.last } as? ResolveBooking)
            #expect(resolve.bookingID == Self.bookingID && resolve.isPresent && resolve.misBookingID == "A-88001")
            #expect(resolve.operatorID == "supervisor")
        }
    }
}
