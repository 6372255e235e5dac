import Foundation

/// The calls, their parameters in the order of the XSD.
extension N3HubService {
    /// `guid` and `idHistory` end every call.
    private func closed(_ request: N3Request) -> N3Request {
        var request = request
        request.add("guid", self.configuration.guid)
        request.add("idHistory", self.configuration.idHistory)
        return request
    }

    func clinicsRequest(district: Int?) -> N3Request {
        var request = N3Request("GetLPUList")
        request.add("idDistrict", district)
        return self.closed(request)
    }

    func findPatientRequest(_ patient: Patient, clinic: Int) -> N3Request {
        var request = N3Request("CheckPatient")
        request.add("pat", patient)
        request.add("idLpu", clinic)
        return self.closed(request)
    }

    func addPatientRequest(_ patient: Patient, clinic: Int) -> N3Request {
        var request = N3Request("AddNewPatient")
        request.add("patient", patient)
        request.add("idLpu", clinic)
        request.add("approvedByTfoms", "false")
        return self.closed(request)
    }

    /// GetSpesialityList and GetPatientHistory.
    func request(_ operation: String, clinic: Int, patient: String) -> N3Request {
        var request = N3Request(operation)
        request.add("idLpu", clinic)
        request.add("idPat", patient)
        return self.closed(request)
    }

    func doctorsRequest(speciality: String, clinic: Int, patient: String) -> N3Request {
        var request = N3Request("GetDoctorList")
        request.add("idSpesiality", speciality)
        request.add("idLpu", clinic)
        request.add("idPat", patient)
        return self.closed(request)
    }

    /// GetAvailableDates and GetAvaibleAppointments.
    func scheduleRequest(
        _ operation: String, doctor: String, clinic: Int, patient: String, from: Date, to: Date
    ) -> N3Request {
        let time = N3Time(self.configuration.timeZone)
        var request = N3Request(operation)
        request.add("idDoc", doctor)
        request.add("idLpu", clinic)
        request.add("idPat", patient)
        request.add("visitStart", time.text(from))
        request.add("visitEnd", time.text(to))
        return self.closed(request)
    }

    func bookRequest(slot: String, clinic: Int, patient: String, replacing: String?) -> N3Request {
        var request = N3Request("SetAppointment")
        request.add("idAppointment", slot)
        request.add("idLpu", clinic)
        request.add("idPat", patient)
        request.add("idAppointmentPrev", replacing)
        return self.closed(request)
    }

    func cancelRequest(booking: String, clinic: Int, patient: String) -> N3Request {
        var request = N3Request("CreateClaimForRefusal")
        request.add("idLpu", clinic)
        request.add("idPat", patient)
        request.add("idAppointment", booking)
        return self.closed(request)
    }

    func errorListRequest() -> N3Request { self.closed(N3Request("GetErrorList")) }
}
