import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Messaging
import Vocabulary

/// What the МИС offers, and visits.
struct BookingRoutes: Sendable {
    let desk: Desk
    let cards: CardAccess

    /// What a browser says of a visit: which one, and for whose card. Nothing that is told to the citizen (F-504).
    private struct Wish: Decodable {
        let bookingID: UUID
        let appealID: UUID
        let patientID: String
        let visit: SlotChoice
    }

    private struct Person: Decodable {
        let clinicID: String
        let name: PersonName
        let birthDate: CalendarDate
        let snils: SNILS?
        let policy: PolicyNumber?
        let phone: PhoneNumber?
    }

    private struct Finding: Decodable {
        /// Absent from a page of the version before.
        let appealID: UUID?
        let isPresent: Bool
        let misBookingID: String?
    }

    func add(to api: RouterGroup<DeskContext>) {
        api.get("/clinics") { request, _ in
            _ = try await self.desk.operatorAccount(of: request)
            return try await self.ask(ListClinics())
        }
        api.post("/patients/find") { request, _ in
            _ = try await self.desk.operatorAccount(of: request)
            let person = try await JSON.body(request, as: Person.self)
            return try await self.ask(
                FindPatient(
                    clinicID: person.clinicID, name: person.name, birthDate: person.birthDate, snils: person.snils,
                    policy: person.policy, phone: person.phone))
        }
        // An order of its own, after a person was asked: finding never adds (F-505).
        api.post("/patients") { request, _ in
            let account = try await self.desk.operatorAccount(of: request)
            let person = try await JSON.body(request, as: Person.self)
            return try await self.order(
                AddPatient(
                    clinicID: person.clinicID, name: person.name, birthDate: person.birthDate, snils: person.snils,
                    policy: person.policy, phone: person.phone, operatorID: account.id),
                key: try self.desk.key(of: request))
        }
        api.get("/specialities") { request, _ in
            _ = try await self.desk.operatorAccount(of: request)
            return try await self.ask(
                ListSpecialities(
                    clinicID: try Self.parameter("clinicID", of: request),
                    patientID: try Self.parameter("patientID", of: request)))
        }
        api.get("/doctors") { request, _ in
            _ = try await self.desk.operatorAccount(of: request)
            return try await self.ask(
                ListDoctors(
                    clinicID: try Self.parameter("clinicID", of: request),
                    patientID: try Self.parameter("patientID", of: request),
                    specialityID: try Self.parameter("specialityID", of: request)))
        }
        api.get("/slots") { request, _ in
            _ = try await self.desk.operatorAccount(of: request)
            return try await self.ask(
                ListSlots(
                    clinicID: try Self.parameter("clinicID", of: request),
                    patientID: try Self.parameter("patientID", of: request),
                    doctorID: try Self.parameter("doctorID", of: request)))
        }
        api.post("/bookings") { request, _ in
            let account = try await self.desk.operatorAccount(of: request)
            let wish = try await JSON.body(request, as: Wish.self)
            // A visit becomes part of the card: only whose card it is may add one (J-04), and none to a closed one.
            let appeal = try await self.cards.openAppeal(wish.appealID, for: account)
            // The telephone is the card's: nobody else is told of the visit.
            return try await self.order(
                BookVisit(
                    bookingID: wish.bookingID, appealID: wish.appealID, patientID: wish.patientID,
                    patientPhone: appeal.card.phone, slot: wish.visit, operatorID: account.id), key: wish.bookingID)
        }
        // What a person found in the МИС about a booking that nobody knows the end of (F-506).
        api.post("/bookings/:id/resolve") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            let finding = try await JSON.body(request, as: Finding.self)
            let id = try context.parameters.require("id", as: UUID.self)
            guard let appealID = finding.appealID else {
                throw DeskError.badRequest("Страница устарела. Обновите её и повторите.")
            }
            // The citizen is told of it: only whose card it is says so (J-04), also when the card was closed meanwhile.
            _ = try await self.cards.ownAppeal(appealID, for: account)
            let bookings = try await self.desk.requests.ask(ListBookings(appealID: appealID))
            guard bookings.contains(where: { $0.bookingID == id }) else { throw DeskError.notYours }
            return try await self.order(
                ResolveBooking(
                    bookingID: id, isPresent: finding.isPresent, misBookingID: finding.misBookingID,
                    operatorID: account.id), key: try self.desk.key(of: request))
        }
        // Any operator: the citizen who calls to cancel seldom reaches the one who booked.
        api.delete("/bookings/:id") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            return try await self.order(
                CancelBooking(
                    bookingID: try context.parameters.require("id", as: UUID.self), operatorID: account.id),
                key: try self.desk.key(of: request))
        }
        // A clinic reads the visits of a card that was forwarded to it.
        api.get("/appeals/:id/bookings") { request, context in
            let account = try await self.desk.account(of: request)
            let id = try context.parameters.require("id", as: UUID.self)
            // Who may not see the card may not see its visits either (J-04).
            try await self.cards.check(id, for: account, toRead: true)
            return try await self.ask(ListBookings(appealID: id))
        }
    }

    /// The МИС may need its time; the operator sees that it is being asked.
    private func ask(_ request: some Messaging.Request) async throws -> Response {
        try await self.desk.relay(request, deadline: .seconds(12))
    }

    /// An order is several calls to the МИС: it is looked into before and after.
    private func order(_ request: some Messaging.Request, key: UUID) async throws -> Response {
        try await self.desk.relay(request, key: key, deadline: .seconds(25))
    }

    private static func parameter(_ name: String, of request: Hummingbird.Request) throws -> String {
        guard let value = request.uri.queryParameters.get(name), !value.isEmpty, value.utf8.count <= 200 else {
            throw DeskError.badRequest("В запросе нет поля \(name).")
        }
        return value
    }
}
