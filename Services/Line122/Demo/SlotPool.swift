import Contracts
import Foundation
import NIOConcurrencyHelpers
import Vocabulary

/// Free slots of every clinic of the МИС, read once and handed out one by one.
final class SlotPool: Sendable {
    private let slots: NIOLockedValueBox<[String: [SlotChoice]]>
    let clinics: [String]

    private init(_ slots: [String: [SlotChoice]]) {
        self.slots = NIOLockedValueBox(slots)
        self.clinics = slots.keys.sorted()
    }

    /// A slot in this clinic that nobody was given yet: the nearest, or the farthest.
    func take(clinic: String, isSoon: Bool) -> SlotChoice? {
        self.slots.withLockedValue { slots in
            guard slots[clinic]?.isEmpty == false else { return nil }
            return isSoon ? slots[clinic]?.removeFirst() : slots[clinic]?.popLast()
        }
    }

    /// Reads until there are `count` slots in all, or no more.
    static func read(_ desk: DeskClient, count: Int) async throws -> SlotPool {
        let clinics = try await desk.get("/api/clinics", as: [ClinicView].self)
        var known: [String: [SlotChoice]] = [:]
        let wanted = count / max(1, clinics.count) + 1
        for clinic in clinics {
            let patient = try await desk.patient(DemoPerson(number: 0), clinic: clinic.clinicID)
            let place = "clinicID=\(clinic.clinicID)&patientID=\(patient.patientID)"
            var found: [SlotChoice] = []
            search: for speciality in try await desk.get("/api/specialities?\(place)", as: [SpecialityView].self) {
                let doctors = try await desk.get(
                    "/api/doctors?\(place)&specialityID=\(speciality.specialityID)", as: [DoctorView].self)
                for doctor in doctors {
                    let slots = try await desk.get(
                        "/api/slots?\(place)&doctorID=\(doctor.doctorID)", as: [SlotView].self)
                    found += slots.map { slot in
                        SlotChoice(
                            clinicID: clinic.clinicID, specialityID: speciality.specialityID,
                            doctorID: doctor.doctorID, slotID: slot.slotID, startsAt: slot.startsAt)
                    }
                    if found.count >= wanted { break search }
                }
            }
            known[clinic.clinicID] = found.sorted { $0.startsAt < $1.startsAt }
        }
        return SlotPool(known)
    }
}

extension DeskClient {
    /// The patient's id in this clinic, as an operator gets it: found, and added when the МИС does not know them.
    func patient(_ person: DemoPerson, clinic: String) async throws -> FindPatient.Answer {
        let wanted = try person.patient(clinic: clinic)
        do {
            return try await self.order("POST", "/api/patients/find", wanted)
        } catch let error as Refused where error.errorID == "patient-not-found" {
            return try await self.order("POST", "/api/patients", wanted)
        }
    }
}

/// An invented citizen; the number makes each one another person.
struct DemoPerson: Sendable {
    let number: Int

    private static let families = ["Иванов", "Петров", "Сидоров", "Кузнецов", "Смирнов", "Попов", "Волков", "Соколов"]
    private static let names = ["Иван", "Пётр", "Олег", "Анатолий", "Сергей", "Николай", "Фёдор"]

    var name: PersonName {
        // Letters only: a name with digits in it would be refused.
        var family = Self.families[self.number % Self.families.count]
        var rest = self.number / Self.families.count
        while rest > 0 {
            family += ["ов", "ин", "ев", "ский", "ец", "як", "ук", "ан"][rest % 8]
            rest /= 8
        }
        return PersonName(
            family: family, given: Self.names[self.number % Self.names.count], patronymic: "Иванович")
    }

    var birthDate: CalendarDate? { CalendarDate(year: 1950 + self.number % 50, month: 1 + self.number % 12, day: 15) }

    func patient(clinic: String) throws -> FindPatient {
        guard let birthDate else { throw SuiteError("Неверная дата рождения у вымышленного пациента") }
        return FindPatient(
            clinicID: clinic, name: self.name, birthDate: birthDate, snils: nil, policy: nil, phone: nil)
    }

    func card(phone: PhoneNumber?) -> AppealCard {
        AppealCard(
            applicant: self.name, birthDate: self.birthDate, phone: phone, topic: .appointment,
            essence: "Запись к врачу", measures: "")
    }
}
