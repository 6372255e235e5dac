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
            try N3Answers.clinics(self.result("GetLPUList")).items == [
                Clinic(
                    id: 17, fullName: "ГБУЗ «Поликлиника № 1»", shortName: "Поликлиника 1", isActive: true,
                    oid: "1.2.643.5.1.13.13.12.2.99.1", district: 1, partOf: 0)
            ])
    }

    @Test func specialitiesAndDoctorsAreRead() throws {
        #expect(
            try N3Answers.specialities(self.result("GetSpesialityList")).items == [
                Speciality(
                    id: "22", name: "Терапия", ferID: "109", free: 9, freeForUs: 3, nearest: "2026-11-23",
                    last: "2026-12-04")
            ])
        #expect(
            try N3Answers.doctors(self.result("GetDoctorList")).items == [
                Doctor(
                    id: "D-9", name: "Врачов Пётр Петрович", area: "5", comment: nil, free: 9, freeForUs: 3,
                    nearest: "2026-11-23", last: "2026-12-04")
            ])
    }

    @Test func datesAndSlotsAreRead() throws {
        #expect(
            try N3Answers.availableDates(self.result("GetAvailableDates")) == ["2026-11-23", "2026-11-24"])
        #expect(
            try N3Answers.slots(self.result("GetAvaibleAppointments"), self.time).items == [
                Slot(
                    id: "S-1001", start: N3Samples.time("2026-11-23T09:00:00"),
                    end: N3Samples.time("2026-11-23T09:15:00"), room: "305", address: nil, number: nil)
            ])
    }

    @Test func bookingsAreRead() throws {
        #expect(
            try N3Answers.bookings(self.result("GetPatientHistory"), self.time).items == [
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
            try N3Answers.slots(result, self.time).items == [
                Slot(
                    id: "S", start: N3Samples.time("2026-11-23T09:00:00"), end: nil, room: nil, address: nil,
                    number: nil)
            ])
        let empty = try #require(N3Element.parse(Array("<R><ListAppointments i:nil='true' xmlns:i='z'/></R>".utf8)))
        #expect(N3Answers.slots(empty, self.time).items.isEmpty && N3Answers.bookings(empty, self.time).items.isEmpty)
    }

    @Test("F-501 A visit without a date is left out of the slots and counted, and the others are read")
    func noDate() throws {
        let item = { (id: String, start: String) in
            "<Appointment><IdAppointment>\(id)</IdAppointment><VisitStart>\(start)</VisitStart></Appointment>"
        }
        let xml =
            "<R><ListAppointments>" + item("S-1", "0001-01-01T00:00:00") + item("S-2", "2026-11-23T09:00:00")
            + item("S-3", "") + item("", "2026-11-23T09:00:00") + "</ListAppointments></R>"
        let slots = N3Answers.slots(try #require(N3Element.parse(Array(xml.utf8))), self.time)
        #expect(slots.items.map(\.id) == ["S-2"] && slots.leftOut == 3)
    }

    @Test(
        "F-501 Nor do the lists of clinics, specialities, doctors fall by one item; a visit without a time or an id stays"
    )
    func siblings() throws {
        let xml = """
            <R><ListLPU><Clinic><IdLPU>x</IdLPU></Clinic><Clinic><IdLPU>17</IdLPU></Clinic></ListLPU>
            <ListSpesiality><Spesiality/><Spesiality><IdSpesiality>22</IdSpesiality></Spesiality></ListSpesiality>
            <Docs><Doctor/><Doctor><IdDoc>D-9</IdDoc></Doctor></Docs>
            <ListHistoryVisit><HistoryVisit/><HistoryVisit><IdAppointment>A-1</IdAppointment>\
            <VisitStart>0001-01-01T00:00:00</VisitStart></HistoryVisit></ListHistoryVisit></R>
            """
        let result = try #require(N3Element.parse(Array(xml.utf8)))
        let clinics = N3Answers.clinics(result)
        #expect(clinics.items.map(\.id) == [17] && clinics.leftOut == 1)
        let specialities = N3Answers.specialities(result)
        #expect(specialities.items.map(\.id) == ["22"] && specialities.leftOut == 1)
        let doctors = N3Answers.doctors(result)
        #expect(doctors.items.map(\.id) == ["D-9"] && doctors.leftOut == 1)
        let visits = N3Answers.bookings(result, self.time)
        #expect(visits.items.map(\.id) == [nil, "A-1"] && visits.items.last?.start == nil && visits.leftOut == 0)
    }

    @Test(
        "F-502 A sign that XML forbids is dropped, and the rest is read",
        arguments: [
            ("Вра&#x1F;чов", "Врачов"), ("Вра&#31;чов", "Врачов"), ("Вра\u{1F}чов", "Врачов"),
            ("&#x0;Врачов&#0;", "Врачов"),
            ("Врачов&#xFFFE;", "Врачов"), ("Врачов&#xD800;", "Врачов"), ("Врачов&#x1F600;", "Врачов😀"),
            ("&#1042;рачов", "Врачов"), ("Врачов &amp; Ко", "Врачов & Ко"), ("Врачов&#9;Пётр", "Врачов\tПётр"),
        ])
    func forbiddenSigns(text: String, name: String) throws {
        let xml = "<R><Docs><Doctor><IdDoc>D-9</IdDoc><Name>\(text)</Name></Doctor></Docs></R>"
        let doctors = N3Answers.doctors(try #require(N3Element.parse(Array(xml.utf8)), "\(text)"))
        #expect(doctors.items.map(\.name) == [name])
    }

    @Test(
        "F-502 What only looks like a reference stays as it is, and no text makes the reader fall",
        arguments: ["&", "&#", "&#x", "&#;", "&#x;", "&#x1F", "&#99999999999999999999;", "\u{FEFF}<R/>", "", "<"])
    func oddEnds(text: String) {
        let bytes = Array(text.utf8)
        #expect(N3Text.cleaned(bytes) == bytes)
    }

    @Test("F-503 An answer that nobody understands is told from no answer, of a question and of an order")
    func unreadable() throws {
        for changes in [true, false] {
            let error = #expect(throws: MISError.self) {
                try N3Answers.result(
                    of: "GetDoctorList", status: 200, body: Array("<html>работы</html>".utf8), changes: changes)
            }
            #expect(error?.answer == .unreadable)
            let away = #expect(throws: MISError.self) {
                try N3Answers.result(of: "GetDoctorList", status: 503, body: [], changes: changes)
            }
            #expect(away?.answer == MISError.Answer.none)
        }
    }

    @Test func unreachableServiceIsUnavailableAlsoForAChange() async throws {
        let service = N3Samples.service()
        let error = await #expect(throws: MISError.self) {
            try await service.book(slot: "S", clinic: 1, patient: "P", replacing: nil)
        }
        #expect(error?.kind == .unavailable && error?.isRetryable == true)
    }

    @Test("C-207 A SOAP fault, which comes as HTTP 500, is an answer; an error page and a gateway are silence")
    func fault() throws {
        let fault = """
            <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Server</faultcode>\
            <faultstring>Тестов Иван</faultstring></s:Fault></s:Body></s:Envelope>
            """
        for changes in [true, false] {
            func answer(_ status: Int, _ body: String) -> MISError? {
                #expect(throws: MISError.self) {
                    try N3Answers.result(
                        of: "SetAppointment", status: status, body: Array(body.utf8), changes: changes)
                }
            }
            let error = try #require(answer(500, fault))
            #expect(error.answer == .unreadable && !error.isSilence && !error.description.contains("Тестов"))
            #expect((error.kind == .unknownOutcome) == changes)
            for (status, body) in [(500, ""), (500, "<html>500</html>"), (503, "busy"), (504, "")] {
                #expect(answer(status, body)?.isSilence == true)
            }
        }
    }
}
