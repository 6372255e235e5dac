import Contracts
import Foundation
import Messaging
import Vocabulary

/// The requests of booking: what the МИС offers, and visits.
struct BookingRequests: Sendable {
    let store: BookingStore
    let saga: BookingSaga
    let mis: any MedicalInformationSystem
    let clinics: ClinicDirectory
    let patients: PatientRegister

    /// Requests in work at once: more than the gate lets through to the МИС, so that what stands in our own rows is always
    /// answered.
    static let concurrency = 128

    /// How far ahead slots are shown when nobody asks for more.
    private static let window: TimeInterval = 14 * 86_400

    var handlers: [RequestHandler] {
        [
            .read(ListClinics.self) { _ in try await self.asking { try await self.listClinics() } },
            .read(FindPatient.self) { request in try await self.asking { try await self.patients.find(request) } },
            .effect(AddPatient.self) { request, _ in
                try await self.asking { try await self.patients.add(request) }
            },
            .read(ListSpecialities.self) { request in
                try await self.asking { try await self.specialities(request) }
            },
            .read(ListDoctors.self) { request in try await self.asking { try await self.doctors(request) } },
            .read(ListSlots.self) { request in try await self.asking { try await self.slots(request) } },
            .read(ListBookings.self) { try await self.store.list(appealID: $0.appealID) },
            .effect(BookVisit.self) { request, _ in try await self.saga.book(request) },
            .effect(CancelBooking.self) { request, _ in
                try await self.saga.cancel(request.bookingID, by: request.operatorID)
            },
            .effect(ResolveBooking.self) { request, _ in try await self.saga.resolve(request) },
        ]
    }

    private func asking<Answer>(_ body: () async throws -> Answer) async throws -> Answer {
        do {
            return try await body()
        } catch let error as MISError {
            throw MISAdvice.refusal(for: error)
        }
    }

    private func listClinics() async throws -> [ClinicView] {
        try await self.clinics.clinics().map {
            ClinicView(clinicID: String($0.id), shortName: $0.shortName, fullName: $0.fullName)
        }
    }

    private func specialities(_ request: ListSpecialities) async throws -> [SpecialityView] {
        try await self.mis.specialities(clinic: ClinicDirectory.number(request.clinicID), patient: request.patientID)
            .map {
                SpecialityView(specialityID: $0.id, name: $0.name, freeSlots: $0.freeForUs)
            }
    }

    private func doctors(_ request: ListDoctors) async throws -> [DoctorView] {
        try await self.mis.doctors(
            speciality: request.specialityID, clinic: ClinicDirectory.number(request.clinicID),
            patient: request.patientID
        ).map { doctor in
            DoctorView(doctorID: doctor.id, name: doctor.name, freeSlots: doctor.freeForUs, nearest: nil)
        }
    }

    private func slots(_ request: ListSlots) async throws -> [SlotView] {
        let from = request.from ?? Date()
        let to = request.to ?? from.addingTimeInterval(Self.window)
        return try await self.mis.slots(
            doctor: request.doctorID, clinic: ClinicDirectory.number(request.clinicID), patient: request.patientID,
            from: from,
            to: to
        ).filter { $0.start > Date() }.sorted { $0.start < $1.start }.map {
            SlotView(slotID: $0.id, startsAt: $0.start, room: $0.room)
        }
    }
}
