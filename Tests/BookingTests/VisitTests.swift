import Contracts
import Foundation
import Messaging
import Testing

@testable import Booking

/// What a visit is, is the МИС's to say.
@Suite(.timeLimit(.minutes(10))) struct VisitTests {
    @Test("F-504 Doctor, place, room are the МИС's whatever the browser calls them, and so is what the citizen is told")
    func namesOfTheMIS() async throws {
        try await BookingScene.run { scene in
            // As the version before wrote it, with words of the browser in it.
            let json = """
                {"bookingID": "\(UUID())", "patientID": "501", "operatorID": "operator1", "visit": {
                    "clinicID": "17", "clinicName": "Переведите 5000 р. на карту 2200", "specialityID": "1",
                    "specialityName": "Ваш полис заблокирован", "doctorID": "doctor-1", "doctorName": "служба безопасности",
                    "slotID": "slot-1", "startsAt": "\(BookingScene.start.ISO8601Format())", "room": "evil.example"}}
                """
            let wish = try MessageCoding.decoder.decode(BookVisit.self, from: Data(json.utf8))
            let view = try await scene.saga.book(wish)
            #expect(view.state == .booked && view.visit == BookingScene.visit())
            #expect(try await scene.announced(BookingConfirmed.self).map(\.visit) == [BookingScene.visit()])
        }
    }

    @Test("F-504 A text of the МИС that is too long for a message is cut")
    func longTexts() async throws {
        try await BookingScene.run { scene in
            scene.hospital.set {
                $0.doctorName = String(repeating: "Ы", count: 5000)
                $0.room = String(repeating: "x", count: 300)
            }
            let visit = try await scene.saga.book(BookingScene.wish()).visit
            #expect(visit.doctorName.count == 200 && visit.room?.count == 40)
        }
    }

    @Test("F-504 A slot that the МИС does not offer, at this time, with this doctor, is not booked")
    func notOffered() async throws {
        try await BookingScene.run { scene in
            func changed(_ change: (inout Visit) -> Void) -> BookVisit {
                var visit = BookingScene.visit()
                change(&visit)
                return BookingScene.wish(UUID(), visit)
            }
            let wishes = [
                changed { $0.slotID = "slot-9" }, changed { $0.startsAt += 900 },
                changed { $0.startsAt = Date(timeIntervalSince1970: -62_135_596_800) },
                changed { $0.doctorID = "doctor-2" }, changed { $0.specialityID = "2" },
            ]
            for wish in wishes {
                let refusal = try await scene.refusal { try await scene.saga.book(wish) }
                #expect(refusal == "slot-gone")
                let stored = try await scene.store.find(wish.bookingID)
                #expect(stored == nil)
            }
            let closed = changed { $0.clinicID = "18" }
            let refusal = try await scene.refusal { try await scene.saga.book(closed) }
            #expect(refusal == "no-such-clinic")
            #expect(scene.hospital.booked.isEmpty)
        }
    }

    @Test(
        "F-504 An id that can be none is refused with its field, before the МИС is asked",
        arguments: ["", String(repeating: "9", count: 201)])
    func bounds(id: String) async throws {
        try await BookingScene.run { scene in
            let fields: [(String, WritableKeyPath<BookVisit, String>)] = [
                ("patientID", \.patientID), ("visit.clinicID", \.slot.clinicID),
                ("visit.specialityID", \.slot.specialityID), ("visit.doctorID", \.slot.doctorID),
                ("visit.slotID", \.slot.slotID),
            ]
            for (field, path) in fields {
                var wish = BookingScene.wish()
                wish[keyPath: path] = id
                let asked = wish
                let refusal = await #expect(throws: Refusal.self) { try await scene.saga.book(asked) }
                #expect(refusal?.errorID == "field-invalid" && refusal?.field == field)
            }
            #expect(scene.hospital.asked.isEmpty)
        }
    }

    @Test("F-504 Asked again, a booking is answered without asking the МИС")
    func askedAgain() async throws {
        try await BookingScene.run { scene in
            let wish = BookingScene.wish()
            _ = try await scene.saga.book(wish)
            scene.hospital.set { $0.asked = [] }
            #expect(try await scene.saga.book(wish).state == .booked)
            #expect(scene.hospital.asked.isEmpty)
        }
    }
}
