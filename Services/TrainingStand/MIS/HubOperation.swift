import Foundation

/// The operations provided. Each reads its parameters, applies the rules, and tells how to write its own members.
enum HubOperation: String {
    case getDistrictList = "GetDistrictList"
    case getLPUList = "GetLPUList"
    case checkPatient = "CheckPatient"
    case searchTop10Patient = "SearchTop10Patient"
    case addNewPatient = "AddNewPatient"
    case updatePhoneByIdPat = "UpdatePhoneByIdPat"
    case getSpesialityList = "GetSpesialityList"
    case getDoctorList = "GetDoctorList"
    case getWorkingTime = "GetWorkingTime"
    case getAvailableDates = "GetAvailableDates"
    case getAvaibleAppointments = "GetAvaibleAppointments"
    case setAppointment = "SetAppointment"
    case createClaimForRefusal = "CreateClaimForRefusal"
    case getPatientHistory = "GetPatientHistory"
    case getErrorList = "GetErrorList"

    typealias Members = (inout SOAPWriter) -> Void

    func perform(_ call: SOAPElement, _ hospital: inout Hospital, now: Date) throws(HubError) -> Members {
        switch self {
        case .getDistrictList, .getErrorList: return self.classifier(hospital)
        case .getLPUList: return self.clinics(call, hospital)
        default: break
        }
        guard let clinic = Int(call.value("idLpu")), hospital.hasClinic(clinic) else { throw .incomplete }
        switch self {
        case .checkPatient, .searchTop10Patient, .addNewPatient, .updatePhoneByIdPat:
            return try self.patient(call, clinic, &hospital)
        case .getSpesialityList, .getDoctorList, .getWorkingTime, .getAvailableDates, .getAvaibleAppointments:
            return try self.timetable(call, clinic, hospital, now: now)
        default: return try self.booking(call, clinic, &hospital, now: now)
        }
    }

    /// Own members of a refusal: nil, or the enumeration's "nothing".
    func refused(_ writer: inout SOAPWriter) {
        switch self {
        case .getDistrictList: writer.member("Districts", nil)
        case .getLPUList: writer.member("ListLPU", nil)
        case .checkPatient, .addNewPatient: writer.member("IdPat", nil)
        case .searchTop10Patient: writer.member("ListPatient", nil)
        case .getSpesialityList:
            writer.member("ListSpesiality", nil)
            writer.member("LpuChanges", nil)
        case .getDoctorList: writer.member("Docs", nil)
        case .getWorkingTime: writer.member("WorkingTimeList", nil)
        case .getAvailableDates: writer.member("AvailableDateList", nil)
        case .getAvaibleAppointments: writer.member("ListAppointments", nil)
        case .setAppointment: writer.member("Type", "отсутстствует_неопределено")
        case .getPatientHistory:
            writer.member("ListHistoryRefusal", nil)
            writer.member("ListHistoryVisit", nil)
        case .updatePhoneByIdPat, .createClaimForRefusal, .getErrorList: break
        }
    }

    private func classifier(_ hospital: Hospital) -> Members {
        guard self == .getDistrictList else { return { _ in } }
        return { writer in
            writer.list("Districts", hospital.districts) { writer, district in
                writer.element("District") { writer in
                    writer.member("DistrictName", district.1)
                    writer.member("IdDistrict", district.0)
                    writer.member("Okato", 40_261 + district.0)
                }
            }
        }
    }

    private func clinics(_ call: SOAPElement, _ hospital: Hospital) -> Members {
        let district = Int(call.value("idDistrict"))
        let clinics = hospital.clinics.filter { district == nil || $0.district == district }
        return { writer in
            writer.list("ListLPU", clinics) { writer, clinic in
                writer.element("Clinic") { writer in
                    writer.member("Description", clinic.address)
                    writer.member("District", clinic.district)
                    writer.member("IdLPU", clinic.id)
                    writer.member("IsActive", true)
                    writer.member("LPUFullName", clinic.fullName)
                    writer.member("LPUShortName", clinic.shortName)
                    writer.member("LPUType", 1)
                    writer.member("Oid", "1.2.643.5.1.13.13.12.2.99.\(clinic.id)")
                    writer.member("PartOf", 0)
                }
            }
        }
    }

    // MARK: Patients

    private func patient(_ call: SOAPElement, _ clinic: Int, _ hospital: inout Hospital) throws(HubError) -> Members {
        let query = PatientQuery(call["pat"] ?? call["patient"])
        switch self {
        case .checkPatient:
            let id = try hospital.check(query, clinic: clinic).id
            return { $0.member("IdPat", id) }
        case .addNewPatient:
            let id = try hospital.add(query, clinic: clinic)
            return { $0.member("IdPat", id) }
        case .updatePhoneByIdPat:
            try hospital.updatePhones(
                call.value("idPat"), clinic: clinic, home: call.value("homePhone"), cell: call.value("cellPhone"))
            return { _ in }
        default:
            let found = try hospital.search(query, clinic: clinic)
            return { writer in
                writer.list("ListPatient", found) { writer, patient in
                    writer.element("Patient") { Self.write(patient, &$0) }
                }
            }
        }
    }

    private static func write(_ patient: Patient, _ writer: inout SOAPWriter) {
        writer.member("Birthday", patient.birthday.isEmpty ? nil : "\(patient.birthday)T00:00:00")
        writer.member("CellPhone", patient.cellPhone)
        writer.member("HomePhone", patient.homePhone)
        writer.member("IdPat", patient.id)
        writer.member("Name", patient.name)
        writer.member("Polis_N", patient.policyNumber)
        writer.member("SecondName", patient.secondName)
        writer.member("Snils", patient.snils)
        writer.member("Surname", patient.surname)
    }

    // MARK: Booking

    private func booking(
        _ call: SOAPElement, _ clinic: Int, _ hospital: inout Hospital, now: Date
    ) throws(HubError) -> Members {
        let patient = call.value("idPat")
        let appointment = call.value("idAppointment")
        switch self {
        case .setAppointment:
            let previous = call.value("idAppointmentPrev")
            let speciality = try hospital.book(
                appointment, patient: patient, clinic: clinic, previous: previous.isEmpty ? nil : previous, now: now)
            return { $0.member("Type", speciality.isNarrow ? "узкий" : "широкого_профиля") }
        case .createClaimForRefusal:
            try hospital.cancel(appointment, patient: patient, clinic: clinic)
            return { _ in }
        default:
            let bookings = try hospital.history(patient, clinic: clinic, now: now)
            let present = hospital
            return { writer in
                writer.list("ListHistoryRefusal", [Booking]()) { _, _ in }
                writer.list("ListHistoryVisit", bookings) { writer, booking in
                    writer.element("HistoryVisit") { Self.write(booking, present, &$0) }
                }
            }
        }
    }

    private static func write(_ booking: Booking, _ hospital: Hospital, _ writer: inout SOAPWriter) {
        let doctor = hospital.doctors[booking.doctor]
        let speciality = hospital.specialities[doctor.speciality]
        writer.member("DateCreatedAppointment", booking.createdAt)
        writer.member("DoctorBringReferal", nil)
        writer.element("DoctorRendingConsultation") { writer in
            writer.member("IdDoc", doctor.id)
            writer.member("Name", doctor.name)
        }
        writer.member("IdAppointment", booking.id)
        writer.member("SpecialityBringReferal", nil)
        writer.element("SpecialityRendingConsultation") { writer in
            writer.member("IdSpesiality", speciality.id)
            writer.member("NameSpesiality", speciality.name)
        }
        writer.element("UserCreatedAppointment") { writer in
            writer.member("UserName", "122")
            writer.member("UserPosition", "оператор")
        }
        writer.member("VisitStart", doctor.slots[booking.slot].start)
    }
}
