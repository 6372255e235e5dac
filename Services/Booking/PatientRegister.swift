import Contracts
import Foundation
import Logging
import Messaging
import Vocabulary

/// Finds patients in the register of a clinic, and adds those whom a person wants added (F-505). Two orders: finding never
/// adds.
struct PatientRegister: Sendable {
    let additions: PatientAdditions
    let mis: any MedicalInformationSystem
    let zone: RegionTimeZone
    let logger: Logger

    /// - Throws: `MISError`, `Refusal`.
    func find(_ request: FindPatient) async throws -> FindPatient.Answer {
        let clinic = try ClinicDirectory.number(request.clinicID)
        let patient = Self.patient(
            request.name, request.birthDate, request.snils, request.policy, request.phone)
        guard let id = try await self.known(patient, clinic: clinic) else {
            throw Refusal("patient-not-found", MISAdvice.text(for: .patientNotFound))
        }
        return .init(patientID: id)
    }

    /// Adds the patient, once: looks before, and after an order that was not answered looks until it can no longer be
    /// carried out late.
    /// - Throws: `MISError`, `Refusal`.
    func add(_ request: AddPatient) async throws -> AddPatient.Answer {
        try Self.check(request.name)
        do {
            try request.birthDate.checkBirthday(today: CalendarDate(Date(), in: self.zone))
        } catch let error as InputError {
            throw Refusal("field-invalid", error.hint, field: "birthDate")
        }
        let clinic = try ClinicDirectory.number(request.clinicID)
        let patient = Self.patient(
            request.name, request.birthDate, request.snils, request.policy, request.phone)
        guard let claim = try await self.additions.claim(request) else { throw Self.pending }
        if let id = claim.patientID {
            try await self.additions.release(claim)
            return .init(patientID: id)
        }
        do {
            if let id = try await self.known(patient, clinic: clinic) {
                try await self.additions.finish(claim, patientID: id)
                return .init(patientID: id)
            }
        } catch {
            try await self.additions.release(claim)
            throw error
        }
        guard !claim.isOrderOpen else {
            try await self.additions.release(claim)
            throw Self.pending
        }
        guard !claim.isNamesakeAdded else {
            try await self.additions.release(claim)
            throw Self.namesake
        }
        try await self.additions.order(claim)
        do {
            let id = try await self.mis.addPatient(patient, clinic: clinic)
            try await self.additions.finish(claim, patientID: id)
            return .init(patientID: id)
        } catch let error as MISError where error.kind == .unknownOutcome {
            self.logger.warning("the outcome of adding a patient is unknown", metadata: ["error": "\(error)"])
            try await self.additions.release(claim)
            throw Self.pending
        } catch let error as MISError {
            try await self.additions.forget(claim)
            throw error
        }
    }

    /// What is added stays in the МИС of the region.
    private static func check(_ name: PersonName) throws(Refusal) {
        let parts = [("name.family", name.family), ("name.given", name.given)]
        for (field, part) in parts + (name.patronymic.map { [("name.patronymic", $0)] } ?? []) {
            guard part.contains(where: \.isLetter), part.count <= 100 else {
                throw Refusal(
                    "field-invalid", "Укажите фамилию и имя буквами, каждое не длиннее 100 знаков.", field: field)
            }
        }
    }

    private func known(_ patient: Patient, clinic: Int) async throws -> String? {
        do {
            return try await self.mis.findPatient(patient, clinic: clinic)
        } catch let error as MISError {
            guard case .refused(_, _, .patientNotFound) = error.kind else { throw error }
            return nil
        }
    }

    private static func patient(
        _ name: PersonName, _ birthDate: CalendarDate, _ snils: SNILS?, _ policy: PolicyNumber?, _ phone: PhoneNumber?
    ) -> Patient {
        Patient(
            familyName: name.family, givenName: name.given, patronymic: name.patronymic, birthday: "\(birthDate)",
            snils: snils?.formatted, policySeries: nil, policyNumber: policy?.digits, cellPhone: phone?.e164,
            homePhone: nil)
    }

    private static let namesake = Refusal(
        "patient-ambiguous",
        "Человека с этой фамилией, именем и датой рождения только что добавили с другими данными. Если это он, найдите "
            + "его без отчества, СНИЛС и полиса; если другой, добавьте через 10 минут.")

    private static let pending = Refusal(
        "patient-pending",
        "Медицинская система ещё не подтвердила, что добавила пациента. Найдите его через минуту.", retryAfter: 5)
}
