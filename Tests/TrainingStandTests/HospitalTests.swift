import Foundation
import Testing

@testable import TrainingStand

@Suite struct HospitalTests {
    private let token = "00000000-0000-0000-0000-000000000001"

    private func server(_ size: HospitalSize = HospitalSize(clinics: 2, patientsPerClinic: 20)) -> HubServer {
        HubServer(Hospital(size, utcOffset: 0, seed: 1, today: Date()), token: self.token, seed: 1)
    }

    /// Posts `<Operation>` with the given members in order.
    private func call(
        _ server: HubServer, _ operation: String, _ members: [(String, String)], token: String? = nil
    ) throws -> SOAPElement {
        let body = (members + [("guid", token ?? self.token), ("idHistory", "7001")])
            .map { "<\($0.0)>\($0.1)</\($0.0)>" }.joined()
        let text =
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>"
            + "<\(operation) xmlns=\"http://tempuri.org/\">\(body)</\(operation)></s:Body></s:Envelope>"
        let reply = server.reply(to: Self.post(Array(text.utf8)))
        #expect(reply.status == 200)
        let answer = try #require(SOAPReader.operation(reply.body))
        #expect(answer.name == "\(operation)Response")
        return try #require(answer["\(operation)Result"])
    }

    private static func post(_ body: [UInt8]) -> HTTPCall {
        HTTPCall(method: "POST", uri: "/HubService.svc", headers: [("Content-Type", "text/xml")], body: body)
    }

    private func error(_ result: SOAPElement) -> Int? {
        result["ErrorList"]?["Error"].flatMap { Int($0.value("IdError")) }
    }

    private func patient(_ server: HubServer, surname: String = "Новиков") throws -> String {
        let person = "<Birthday>1980-02-29T00:00:00</Birthday><Name>Иван</Name><Surname>\(surname)</Surname>"
        return try self.call(server, "AddNewPatient", [("patient", person), ("idLpu", "17")]).value("IdPat")
    }

    private func slots(_ server: HubServer, doctor: String = "D-1") throws -> [SOAPElement] {
        let result = try self.call(
            server, "GetAvaibleAppointments",
            [
                ("idDoc", doctor), ("idLpu", "17"), ("idPat", ""), ("visitStart", "2020-01-01T00:00:00"),
                ("visitEnd", "2100-01-01T00:00:00"),
            ])
        return result["ListAppointments"]?.children ?? []
    }

    private func book(_ server: HubServer, _ slot: String, _ patient: String, previous: String = "") throws
        -> SOAPElement
    {
        try self.call(
            server, "SetAppointment",
            [("idAppointment", slot), ("idLpu", "17"), ("idPat", patient), ("idAppointmentPrev", previous)])
    }

    private func history(_ server: HubServer, _ patient: String) throws -> [SOAPElement] {
        let result = try self.call(server, "GetPatientHistory", [("idLpu", "17"), ("idPat", patient)])
        return result["ListHistoryVisit"]?.children ?? []
    }

    @Test func aBookingIsKnownByItsHistoryAndCancelledByThatIdAlone() throws {
        let server = self.server()
        let patient = try self.patient(server)
        let slot = try #require(try self.slots(server).first)
        let booked = try self.book(server, slot.value("IdAppointment"), patient)
        #expect(booked.value("Success") == "true")
        #expect(booked.value("Type") == "широкого_профиля")
        let visit = try #require(try self.history(server, patient).first)
        #expect(visit.value("VisitStart") == slot.value("VisitStart"))
        #expect(visit.value("IdAppointment") != slot.value("IdAppointment"))
        func cancel(_ id: String) throws -> SOAPElement {
            try self.call(
                server, "CreateClaimForRefusal", [("idLpu", "17"), ("idPat", patient), ("idAppointment", id)])
        }
        #expect(self.error(try cancel(slot.value("IdAppointment"))) == 75)
        #expect(try cancel(visit.value("IdAppointment")).value("Success") == "true")
        #expect(self.error(try cancel(visit.value("IdAppointment"))) == 75)
        #expect(try self.history(server, patient).isEmpty)
        #expect(try self.slots(server).first?.value("IdAppointment") == slot.value("IdAppointment"))
    }

    @Test func aSlotIsGivenOnceAndADoctorOnceADay() throws {
        let server = self.server()
        let first = try self.patient(server)
        let second = try self.patient(server, surname: "Старков")
        let slots = try self.slots(server)
        let slot = slots[0].value("IdAppointment")
        #expect(try self.book(server, slot, first).value("Success") == "true")
        #expect(self.error(try self.book(server, slot, second)) == 39)
        #expect(self.error(try self.book(server, slot, first)) == 35)
        let day = slots[0].value("VisitStart").prefix(10)
        let sameDay = try #require(slots.dropFirst().first { $0.value("VisitStart").hasPrefix(day) })
        #expect(self.error(try self.book(server, sameDay.value("IdAppointment"), first)) == 35)
        let otherDay = try #require(slots.first { !$0.value("VisitStart").hasPrefix(day) })
        #expect(try self.book(server, otherDay.value("IdAppointment"), first).value("Success") == "true")
        #expect(self.error(try self.book(server, "S-1001", first)) == 38)
        #expect(server.statistics["repeated"]?.int == 1)
        #expect(server.statistics["doubledSlots"]?.int == 0)
    }

    @Test func movingABookingFreesTheFormerSlot() throws {
        let server = self.server()
        let patient = try self.patient(server)
        let slots = try self.slots(server)
        _ = try self.book(server, slots[0].value("IdAppointment"), patient)
        let former = try self.history(server, patient)[0].value("IdAppointment")
        let moved = try self.book(server, slots[1].value("IdAppointment"), patient, previous: former)
        #expect(moved.value("Success") == "true")
        let visits = try self.history(server, patient)
        #expect(visits.map { $0.value("VisitStart") } == [slots[1].value("VisitStart")])
        #expect(try self.slots(server)[0].value("IdAppointment") == slots[0].value("IdAppointment"))
    }

    @Test func patientsAreFoundByWhatIsKnownOfThem() throws {
        let server = self.server()
        let request = try Fixtures.message("CheckPatient.request")
        let reply = server.reply(to: Self.post(Self.enveloped(request)))
        let result = try #require(SOAPReader.operation(reply.body)?["CheckPatientResult"])
        #expect(self.error(result) == 20)
        let added = server.reply(to: Self.post(Self.enveloped(try Fixtures.message("AddNewPatient.request"))))
        let id = SOAPReader.operation(added.body)?["AddNewPatientResult"]?.value("IdPat") ?? ""
        #expect(id.hasPrefix("P-"))
        let again = server.reply(to: Self.post(Self.enveloped(try Fixtures.message("AddNewPatient.request"))))
        #expect(SOAPReader.operation(again.body)?["AddNewPatientResult"]?.value("IdPat") == id)
        let found = server.reply(to: Self.post(Self.enveloped(request)))
        #expect(SOAPReader.operation(found.body)?["CheckPatientResult"]?.value("IdPat") == id)
        #expect(self.error(try self.call(server, "SearchTop10Patient", [("pat", ""), ("idLpu", "17")])) == 4)
    }

    @Test func aFalseTokenIsDeniedEverywhere() throws {
        let server = self.server()
        for operation in ["GetDistrictList", "GetLPUList", "SetAppointment", "GetPatientHistory", "GetErrorList"] {
            #expect(self.error(try self.call(server, operation, [("idLpu", "17")], token: "0")) == 1)
        }
    }

    /// Names and order of elements are the contract: a generated client reads by them.
    @Test(arguments: [
        "GetDistrictList", "GetLPUList", "SearchTop10Patient", "GetSpesialityList", "GetDoctorList",
        "GetAvailableDates", "GetAvaibleAppointments", "SetAppointment", "GetPatientHistory", "GetErrorList",
        "CheckPatient", "CreateClaimForRefusal", "UpdatePhoneByIdPat", "GetWorkingTime",
    ])
    func anAnswerHasTheShapeOfTheSample(operation: String) throws {
        let server = self.server()
        let patient = try self.patient(server, surname: "Тестов")
        let slot = try self.slots(server)[0].value("IdAppointment")
        if operation == "GetPatientHistory" || operation == "CreateClaimForRefusal" {
            _ = try self.book(server, slot, patient)
        }
        let booking = try self.history(server, patient).first?.value("IdAppointment") ?? ""
        let sample = try #require(SOAPReader.operation(Self.enveloped(try Fixtures.message("\(operation).request"))))
        let replaced = ["idPat": patient, "idDoc": "D-1", "idAppointment": booking.isEmpty ? slot : booking]
        let members = sample.children.filter { $0.name != "guid" && $0.name != "idHistory" }.map { member in
            let known = replaced[member.name]
            let nested = member.children.filter { !["Polis_N", "Snils"].contains($0.name) }
                .map { "<\($0.name)>\($0.text)</\($0.name)>" }.joined()
            return (member.name, known ?? (member.children.isEmpty ? member.text : nested))
        }
        let range = [("visitStart", "2020-01-01T00:00:00"), ("visitEnd", "2100-01-01T00:00:00")]
        let adjusted = members.map { member in (member.0, range.first { $0.0 == member.0 }?.1 ?? member.1) }
        let result = try self.call(server, operation, adjusted)
        #expect(result.value("Success") == "true")
        let expected = try #require(
            SOAPReader.operation(Self.enveloped(try Fixtures.message("\(operation).response"))))
        let shape = try #require(expected["\(operation)Result"])
        self.compare(result, shape, path: operation)
    }

    /// Every element of the sample stands in the answer, in the same order; the answer may know more.
    private func compare(_ answer: SOAPElement, _ sample: SOAPElement, path: String) {
        var rest = answer.children.map(\.name)[...]
        for child in sample.children {
            guard let index = rest.firstIndex(of: child.name) else {
                Issue.record("\(path)/\(child.name) is missing or out of order")
                return
            }
            if let own = answer[child.name] { self.compare(own, child, path: "\(path)/\(child.name)") }
            let isList = sample.children.filter { $0.name == child.name }.count > 1
            rest = isList ? rest : rest[(index + 1)...]
        }
    }

    private static func enveloped(_ message: [UInt8]) -> [UInt8] {
        let text = String(decoding: message, as: UTF8.self)
        let body = text.hasPrefix("<?xml") ? String(text.drop { $0 != ">" }.dropFirst()) : text
        return Array(
            ("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\(body)</s:Body></s:Envelope>")
                .utf8)
    }

    @Test func aLostAnswerIsALostAnswerOfACarriedOutRequest() throws {
        let server = self.server()
        let patient = try self.patient(server)
        let slot = try self.slots(server)[0].value("IdAppointment")
        #expect(server.setFaults(["loseAnswerShare": 1]))
        let body =
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><SetAppointment>"
            + "<idAppointment>\(slot)</idAppointment><idLpu>17</idLpu><idPat>\(patient)</idPat>"
            + "<guid>\(self.token)</guid></SetAppointment></s:Body></s:Envelope>"
        #expect(server.reply(to: Self.post(Array(body.utf8))).isLost)
        #expect(server.setFaults(["loseAnswerShare": 0]))
        #expect(try self.history(server, patient).count == 1)
        #expect(server.setFaults(["duplicateShare": 1]))
        let other = try self.patient(server, surname: "Старков")
        let next = try self.slots(server)[0].value("IdAppointment")
        #expect(self.error(try self.book(server, next, other)) == 35)
        #expect(server.setFaults(["duplicateShare": 0, "stealShare": 1]))
        let stolen = try self.slots(server)[0].value("IdAppointment")
        #expect(self.error(try self.book(server, stolen, other)) == 39)
        #expect(!server.setFaults(["failShare": 2]))
        #expect(server.setFaults(["failShare": 1]))
        #expect(server.reply(to: Self.post(Array(body.utf8))).status == 500)
    }

    @Test("C-202 A МИС that looks for nobody adds one person twice")
    func addsTwice() throws {
        let server = self.server()
        let known = try self.patient(server)
        #expect(try self.patient(server) == known)
        #expect(server.setFaults(["addsTwice": 1]))
        #expect(try self.patient(server) != known)
        #expect(server.setFaults(["addsTwice": 0]))
        // Now they are two, and nobody knows which one.
        let person = "<Birthday>1980-02-29T00:00:00</Birthday><Name>Иван</Name><Surname>Новиков</Surname>"
        #expect(self.error(try self.call(server, "CheckPatient", [("pat", person), ("idLpu", "17")])) == 21)
    }

    @Test("F-501 F-502 F-503 Answers without a date, with a forbidden sign, with nothing but words")
    func oddAnswers() throws {
        let server = self.server()
        let whole = try self.slots(server).count
        #expect(server.setFaults(["noDateShare": 1]))
        let starts = try self.slots(server).map { $0.value("VisitStart") }
        #expect(starts.count == whole && starts.filter { $0.hasPrefix("0001-") }.count == 1)
        #expect(server.setFaults(["noDateShare": 0, "controlShare": 1]))
        let doctors =
            "<Envelope><Body><GetDoctorList><idSpesiality>22</idSpesiality><idLpu>17</idLpu>"
            + "<guid>\(self.token)</guid></GetDoctorList></Body></Envelope>"
        let text = String(decoding: server.reply(to: Self.post(Array(doctors.utf8))).body, as: UTF8.self)
        #expect(text.contains("<h:Name>&#x1F;"))
        #expect(server.setFaults(["controlShare": 0, "babbleShare": 1]))
        let reply = server.reply(to: Self.post(Array(doctors.utf8)))
        #expect(reply.status == 200 && !String(decoding: reply.body, as: UTF8.self).contains("Envelope"))
    }

    @Test func whatIsNoMessageGetsAFault() {
        let server = self.server()
        for text in ["", "nonsense", "<a/>", "<!DOCTYPE a [<!ENTITY x \"y\">]><Envelope><Body/></Envelope>"] {
            #expect(server.reply(to: Self.post(Array(text.utf8))).status == 400)
        }
        let unknown = "<Envelope><Body><DropEverything/></Body></Envelope>"
        #expect(server.reply(to: Self.post(Array(unknown.utf8))).status == 500)
    }
}
