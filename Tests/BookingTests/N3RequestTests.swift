import Foundation
import Testing

@testable import Booking

@Suite struct N3RequestTests {
    let service = N3Samples.service()

    func requests() throws -> [N3Request] {
        let from = try N3Samples.time("2026-11-23T00:00:00")
        let to = try N3Samples.time("2026-12-06T23:59:59")
        return [
            self.service.clinicsRequest(district: 1),
            self.service.findPatientRequest(N3Samples.patient, clinic: 17),
            self.service.addPatientRequest(N3Samples.patient, clinic: 17),
            self.service.request("GetSpesialityList", clinic: 17, patient: "P-501"),
            self.service.doctorsRequest(speciality: "22", clinic: 17, patient: "P-501"),
            self.service.scheduleRequest(
                "GetAvailableDates", doctor: "D-9", clinic: 17, patient: "P-501", from: from, to: to),
            self.service.scheduleRequest(
                "GetAvaibleAppointments", doctor: "D-9", clinic: 17, patient: "P-501", from: from, to: to),
            self.service.bookRequest(slot: "S-1001", clinic: 17, patient: "P-501", replacing: nil),
            self.service.request("GetPatientHistory", clinic: 17, patient: "P-501"),
            self.service.cancelRequest(booking: "A-88001", clinic: 17, patient: "P-501"),
            self.service.errorListRequest(),
        ]
    }

    @Test func everyRequestSaysWhatItsSampleSays() throws {
        for request in try self.requests() {
            let sample = N3Samples.flattened(try N3Samples.bytes("\(request.operation).request"))
            #expect(!sample.isEmpty)
            #expect(N3Samples.flattened(Array(request.body.utf8)) == sample, "\(request.operation)")
        }
    }

    @Test func envelopeHoldsTheBodyInBothVersions() throws {
        let request = self.service.errorListRequest()
        for version in [N3Configuration.SOAPVersion.v11, .v12] {
            let root = try #require(N3Element.parse(Array(request.envelope(version).utf8)))
            #expect(root.name == "Envelope" && root["Body"]?["GetErrorList"]?.string("idHistory") == "7001")
        }
    }

    @Test func textCannotBreakTheMessage() throws {
        var patient = N3Samples.patient
        patient.familyName = "О<'&\">]]>\u{0}\u{1}"
        let body = self.service.findPatientRequest(patient, clinic: 17).body
        let root = try #require(N3Element.parse(Array(body.utf8)))
        #expect(root["pat"]?.string("Surname") == "О<'&\">]]>")
    }

    @Test func moveNamesTheOldBookingAfterThePatient() {
        let body = self.service.bookRequest(slot: "S", clinic: 1, patient: "P", replacing: "A").body
        #expect(body.contains("<idPat>P</idPat><idAppointmentPrev>A</idAppointmentPrev><guid>"))
    }
}
