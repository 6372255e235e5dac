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

    private struct Wish: Decodable {
        let bookingID: UUID
        let appealID: UUID?
        let patientID: String
        let patientPhone: PhoneNumber?
        let visit: Visit
    }

    func add(to api: RouterGroup<DeskContext>) {
        api.get("/clinics") { request, _ in
            _ = try await self.desk.operatorAccount(of: request)
            return try await self.ask(ListClinics())
        }
        api.post("/patients/find") { request, _ in
            _ = try await self.desk.operatorAccount(of: request)
            return try await self.ask(try await JSON.body(request, as: FindPatient.self))
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
            // A visit becomes part of the card: only whose card it is may add one (J-04).
            if let appealID = wish.appealID { try await self.cards.check(appealID, for: account) }
            return try await self.ask(
                BookVisit(
                    bookingID: wish.bookingID, appealID: wish.appealID, patientID: wish.patientID,
                    patientPhone: wish.patientPhone, visit: wish.visit, operatorID: account.id), key: wish.bookingID)
        }
        // Any operator: the citizen who calls to cancel seldom reaches the one who booked.
        api.delete("/bookings/:id") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            return try await self.ask(
                CancelBooking(
                    bookingID: try context.parameters.require("id", as: UUID.self), operatorID: account.id))
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
    private func ask(_ request: some Messaging.Request, key: UUID = MessageID.next()) async throws -> Response {
        try await self.desk.relay(request, key: key, deadline: .seconds(12))
    }

    private static func parameter(_ name: String, of request: Hummingbird.Request) throws -> String {
        guard let value = request.uri.queryParameters.get(name), !value.isEmpty, value.utf8.count <= 200 else {
            throw DeskError.badRequest("В запросе нет поля \(name).")
        }
        return value
    }
}
