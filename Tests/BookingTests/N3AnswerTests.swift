import Foundation
import Testing

@testable import Booking

@Suite struct N3AnswerTests {
    let time = N3Time(N3Samples.moscow)

    func result(_ operation: String, _ variant: String = "response", changes: Bool = false) throws -> N3Element {
        try N3Answers.result(
            of: operation, status: 200, body: N3Samples.bytes("\(operation).\(variant)"), changes: changes)
    }

    func failure(_ operation: String, _ body: String, status: Int = 200, changes: Bool) throws -> MISError.Kind {
        let error = #expect(throws: MISError.self) {
            try N3Answers.result(of: operation, status: status, body: Array(body.utf8), changes: changes)
        }
        return try #require(error).kind
    }

    @Test func clinicsAreRead() throws {
        #expect(
            try N3Answers.clinics(self.result("GetLPUList")) == [
                Clinic(
                    id: 17, fullName: "ГБУЗ «Поликлиника № 1»", shortName: "Поликлиника 1", isActive: true,
                    oid: "1.2.643.5.1.13.13.12.2.99.1", district: 1, partOf: 0)
            ])
    }

    @Test func specialitiesAndDoctorsAreRead() throws {
        #expect(
            try N3Answers.specialities(self.result("GetSpesialityList")) == [
                Speciality(
                    id: "22", name: "Терапия", ferID: "109", free: 9, freeForUs: 3, nearest: "2026-11-23",
                    last: "2026-12-04")
            ])
        #expect(
            try N3Answers.doctors(self.result("GetDoctorList")) == [
                Doctor(
                    id: "D-9", name: "Врачов Пётр Петрович", area: "5", comment: nil, free: 9, freeForUs: 3,
                    nearest: "2026-11-23", last: "2026-12-04")
            ])
    }

    @Test func datesAndSlotsAreRead() throws {
        #expect(
            try N3Answers.availableDates(self.result("GetAvailableDates")) == ["2026-11-23", "2026-11-24"])
        #expect(
            try N3Answers.slots(self.result("GetAvaibleAppointments"), self.time) == [
                Slot(
                    id: "S-1001", start: N3Samples.time("2026-11-23T09:00:00"),
                    end: N3Samples.time("2026-11-23T09:15:00"), room: "305", address: nil, number: nil)
            ])
    }

    @Test func bookingsAreRead() throws {
        #expect(
            try N3Answers.bookings(self.result("GetPatientHistory"), self.time) == [
                MISBooking(
                    id: "A-88001", start: N3Samples.time("2026-11-23T09:00:00"), doctorID: "D-9",
                    doctorName: "Врачов Пётр Петрович", specialityID: "22", specialityName: "Терапия",
                    createdAt: N3Samples.time("2026-11-21T10:00:00"), createdBy: "122")
            ])
    }

    @Test func patientsAndChangesAreRead() throws {
        #expect(try self.result("CheckPatient").string("IdPat") == "P-501")
        #expect(try self.result("AddNewPatient", changes: true).string("IdPat") == "P-502")
        #expect(try self.result("SetAppointment", changes: true).string("Type") == "широкого_профиля")
        _ = try self.result("CreateClaimForRefusal", changes: true)
    }

    @Test func errorListIsReadAsContent() throws {
        #expect(try N3Answers.errors(self.result("GetErrorList")).map(\.code) == [20, 39])
    }

    @Test func refusalsAreTyped() throws {
        let taken = #expect(throws: MISError.self) { try self.result("SetAppointment", "taken", changes: true) }
        #expect(
            taken?.kind == .refused(code: 39, text: "Талон к врачу занят/заблокирован", meaning: .slotTaken))
        #expect(taken?.description.contains("Талон") == false)
        let nobody = #expect(throws: MISError.self) { try self.result("CheckPatient", "notfound") }
        guard case .refused(20, _, .patientNotFound) = nobody?.kind else { throw try #require(nobody) }
        let denied = #expect(throws: MISError.self) { try self.result("GetDistrictList", "denied") }
        guard case .refused(1, _, .accessDenied) = denied?.kind else { throw try #require(denied) }
    }

    func refusal(_ code: Int) -> String {
        "<r><SetAppointmentResult><ErrorList><Error><ErrorDescription>x</ErrorDescription><IdError>\(code)</IdError>"
            + "</Error></ErrorList><Success>false</Success></SetAppointmentResult></r>"
    }

    @Test func catchAllCodesLeaveAChangeOpenAndAQuestionRefused() throws {
        for code in [99, 12345] {
            #expect(try self.failure("SetAppointment", self.refusal(code), changes: true) == .unknownOutcome)
            guard case .refused = try self.failure("SetAppointment", self.refusal(code), changes: false) else {
                Issue.record("\(code)")
                continue
            }
        }
    }

    @Test func unreadableAnswersLeaveAChangeOpen() throws {
        let operation = "SetAppointment"
        for body in ["", "no xml", "<a/>", "<SetAppointmentResult/>", "<SetAppointmentResult>"] {
            #expect(try self.failure(operation, body, changes: true) == .unknownOutcome)
            guard case .malformed = try self.failure(operation, body, changes: false) else {
                Issue.record("\(body)")
                continue
            }
        }
        #expect(try self.failure(operation, "", status: 500, changes: true) == .unknownOutcome)
        #expect(try self.failure(operation, "", status: 503, changes: false) == .unavailable)
        #expect(try self.failure(operation, "", status: 401, changes: true) == .unavailable)
    }

    @Test func absentEmptyAndNilAreAlikeAndStrangersAreTolerated() throws {
        let xml = """
            <x:Envelope xmlns:x="e"><x:Body><GetAvaibleAppointmentsResponse><GetAvaibleAppointmentsResult \
            xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><Success>true</Success><New i:type="q:T"><Deep>1</Deep>\
            </New><ListAppointments><Appointment><IdAppointment>S</IdAppointment><Room i:nil="true"/><Address/>\
            <VisitEnd>0001-01-01T00:00:00</VisitEnd><VisitStart>2026-11-23T09:00:00.000</VisitStart></Appointment>\
            </ListAppointments></GetAvaibleAppointmentsResult></GetAvaibleAppointmentsResponse></x:Body></x:Envelope>
            """
        let result = try N3Answers.result(
            of: "GetAvaibleAppointments", status: 200, body: Array(xml.utf8), changes: false)
        #expect(
            try N3Answers.slots(result, self.time) == [
                Slot(
                    id: "S", start: N3Samples.time("2026-11-23T09:00:00"), end: nil, room: nil, address: nil,
                    number: nil)
            ])
        let empty = try #require(N3Element.parse(Array("<R><ListAppointments i:nil='true' xmlns:i='z'/></R>".utf8)))
        #expect(try N3Answers.slots(empty, self.time).isEmpty && N3Answers.bookings(empty, self.time).isEmpty)
    }

    @Test func unreachableServiceIsUnavailableAlsoForAChange() async throws {
        let service = N3Samples.service()
        let error = await #expect(throws: MISError.self) {
            try await service.book(slot: "S", clinic: 1, patient: "P", replacing: nil)
        }
        #expect(error?.kind == .unavailable && error?.isRetryable == true)
    }
}
