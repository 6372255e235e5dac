import Foundation

/// What booking asks of a regional МИС. Every method throws `MISError`.
///
/// A patient's id is valid within one clinic only. Dates without a time are `yyyy-MM-dd` in the region's zone.
protocol MedicalInformationSystem: Sendable {
    func clinics(district: Int?) async throws -> [Clinic]
    /// - Returns: the id within the clinic; nil when nobody matches.
    /// - Throws: `.refused` with `.patientNotUnique` when several match.
    func findPatient(_ patient: Patient, clinic: Int) async throws -> String?
    /// - Returns: the id within the clinic; that of the existing record when the МИС finds one.
    func addPatient(_ patient: Patient, clinic: Int) async throws -> String
    func specialities(clinic: Int, patient: String) async throws -> [Speciality]
    func doctors(speciality: String, clinic: Int, patient: String) async throws -> [Doctor]
    func availableDates(doctor: String, clinic: Int, patient: String, from: Date, to: Date) async throws -> [String]
    func slots(doctor: String, clinic: Int, patient: String, from: Date, to: Date) async throws -> [Slot]
    /// Books `slot`, or moves `replacing` there. The МИС gives no id: find the booking by doctor and start in
    /// `bookings(clinic:patient:)`, also before any second attempt after `.unknownOutcome`.
    func book(slot: String, clinic: Int, patient: String, replacing: String?) async throws
    /// The patient's coming bookings.
    func bookings(clinic: Int, patient: String) async throws -> [MISBooking]
    /// - Parameter booking: the id from `bookings`, which is not the slot's.
    func cancel(booking: String, clinic: Int, patient: String) async throws
    /// The МИС's own list of its error codes.
    func errorList() async throws -> [MISErrorText]
}
