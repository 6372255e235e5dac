import Contracts
import Foundation
import Messaging

/// Reads from the МИС what a chosen slot is: doctor, place, room. What a browser says of it is never told to a citizen
/// (F-504).
struct VisitReader: Sendable {
    /// Longer than a text of the МИС has any business to be: it goes into a message.
    private static let nameLimit = 200
    private static let roomLimit = 40
    /// Bytes of an id of the МИС.
    static let idLimit = 200

    let mis: any MedicalInformationSystem
    let clinics: ClinicDirectory

    /// - Throws: `Refusal`: `slot-gone`, `no-such-clinic`, or what the МИС says.
    func visit(_ choice: SlotChoice, patient: String) async throws -> Visit {
        let number = try ClinicDirectory.number(choice.clinicID)
        do {
            let clinic = try await self.clinics.clinic(number)
            async let specialities = self.mis.specialities(clinic: number, patient: patient)
            async let doctors = self.mis.doctors(speciality: choice.specialityID, clinic: number, patient: patient)
            async let slots = self.mis.slots(
                doctor: choice.doctorID, clinic: number, patient: patient, from: choice.startsAt,
                to: choice.startsAt.addingTimeInterval(3600))
            let offered = try await (specialities, doctors, slots)
            guard let speciality = offered.0.first(where: { $0.id == choice.specialityID }),
                let doctor = offered.1.first(where: { $0.id == choice.doctorID }),
                let slot = offered.2.first(where: { $0.id == choice.slotID && $0.start == choice.startsAt })
            else {
                throw Refusal(
                    "slot-gone", "Этого времени в медицинской системе больше нет. Обновите список и выберите другое.")
            }
            return Visit(
                clinicID: choice.clinicID, clinicName: Self.text(clinic.name, Self.nameLimit),
                specialityID: speciality.id, specialityName: Self.text(speciality.name, Self.nameLimit),
                doctorID: doctor.id, doctorName: Self.text(doctor.name, Self.nameLimit), slotID: slot.id,
                startsAt: slot.start, room: slot.room.map { Self.text($0, Self.roomLimit) })
        } catch let error as MISError {
            throw MISAdvice.refusal(for: error)
        }
    }

    /// - Throws: `Refusal` for what can be no id of the МИС.
    static func check(_ ids: [(field: String, id: String)]) throws(Refusal) {
        for (field, id) in ids where id.isEmpty || id.utf8.count > Self.idLimit {
            throw Refusal("field-invalid", "Номер из медицинской системы пуст или слишком длинный.", field: field)
        }
    }

    private static func text(_ text: String, _ limit: Int) -> String {
        String(text.split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(limit))
    }
}
