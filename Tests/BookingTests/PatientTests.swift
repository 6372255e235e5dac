import Contracts
import Foundation
import Messaging
import Postgres
import TestSupport
import Testing
import Vocabulary

@testable import Booking

/// Patients of a clinic's register: finding them, and adding one when a person wants it.
@Suite(.timeLimit(.minutes(10))) struct PatientTests {
    private static let birthDate = CalendarDate(year: 1980, month: 2, day: 29)

    private static func find(_ family: String = "Тестов") throws -> FindPatient {
        FindPatient(
            clinicID: "17", name: PersonName(family: family, given: "Иван"), birthDate: try #require(self.birthDate),
            snils: nil, policy: nil, phone: nil)
    }

    private static func add(_ family: String = "Тестов") throws -> AddPatient {
        AddPatient(
            clinicID: "17", name: PersonName(family: family, given: "Иван"), birthDate: try #require(self.birthDate),
            snils: nil, policy: nil, phone: nil, operatorID: "operator1")
    }

    @Test("F-505 Finding adds nobody, whatever an old desk asks for")
    func findingAddsNobody() async throws {
        try await BookingScene.run { scene in
            var request = try Self.find()
            request.addIfUnknown = true
            #expect(try await scene.refusal { try await scene.patients.find(request) } == "patient-not-found")
            #expect(scene.hospital.ordersToAdd == 0)
            let id = try await scene.patients.add(try Self.add()).patientID
            #expect(try await scene.patients.find(try Self.find()).patientID == id)
        }
    }

    @Test("F-505 A request of this version can be read by the one before, which needs the member")
    func wire() throws {
        let json = String(decoding: try MessageCoding.encoder.encode(try Self.find()), as: UTF8.self)
        #expect(json.contains("\"addIfUnknown\":false"))
    }

    @Test("F-505 A name that is none is refused with its field", arguments: ["", String(repeating: "Ы", count: 101)])
    func bounds(family: String) async throws {
        try await BookingScene.run { scene in
            let refusal = await #expect(throws: Refusal.self) { try await scene.patients.add(try Self.add(family)) }
            #expect(refusal?.errorID == "field-invalid" && refusal?.field == "name.family")
            #expect(scene.hospital.asked.isEmpty)
        }
    }

    @Test(
        "F-505 E-408 A birthday on which nobody alive was born is refused with its field", arguments: [1, 1850, 2999])
    func birthdays(year: Int) async throws {
        try await BookingScene.run { scene in
            var request = try Self.add()
            request.birthDate = try #require(CalendarDate(year: year, month: 1, day: 1))
            let refusal = await #expect(throws: Refusal.self) { try await scene.patients.add(request) }
            #expect(refusal?.errorID == "field-invalid" && refusal?.field == "birthDate")
            #expect(scene.hospital.asked.isEmpty)
        }
    }

    @Test("C-202 Attempts that overlap are one order to the МИС, which would add a second patient")
    func overlapping() async throws {
        let gate = Turnstile()
        try await BookingScene.run(questions: gate) { scene in
            scene.hospital.set { $0.addsTwice = true }
            let (patients, request) = (scene.patients, try Self.add())
            async let first = patients.add(request)
            await gate.holds(1)
            // The first one stands before the register. Who asks now is told to wait, in whatever letters the name is.
            #expect(try await scene.refusal { try await patients.add(request) } == "patient-pending")
            #expect(try await scene.refusal { try await patients.add(try Self.add("ТЕСТОВ")) } == "patient-pending")
            gate.open()
            let id = try await first.patientID
            #expect(try await patients.add(request).patientID == id)
            #expect(scene.hospital.patients == ["Тестов"])
        }
    }

    @Test("C-202 An order without an answer is read back, and not given again while it may be carried out late")
    func unknownOutcome() async throws {
        try await BookingScene.run { scene in
            scene.hospital.set {
                $0.onAdd = .lostBefore
                $0.addsTwice = true
            }
            let request = try Self.add()
            for _ in 0..<3 {
                #expect(try await scene.refusal { try await scene.patients.add(request) } == "patient-pending")
            }
            #expect(scene.hospital.ordersToAdd == 1)
            // It is carried out late.
            scene.hospital.set { $0.patients = ["Тестов"] }
            #expect(try await scene.patients.add(request).patientID == "P-0")
            #expect(scene.hospital.ordersToAdd == 1)
        }
        try await BookingScene.run { scene in
            scene.hospital.set { $0.onAdd = .lostBefore }
            let request = try Self.add()
            #expect(try await scene.refusal { try await scene.patients.add(request) } == "patient-pending")
            // Nothing came of it: a minute later it is ordered again.
            try await scene.store.database.execute(
                "UPDATE patient_addition SET ordered_at = ordered_at - interval '61 seconds'")
            scene.hospital.set { $0.onAdd = .done }
            #expect(try await scene.patients.add(request).patientID == "P-0")
            #expect(scene.hospital.ordersToAdd == 2)
        }
    }

    @Test("C-202 An answer that got lost on the way to the desk is given again without asking the МИС")
    func answeredAgain() async throws {
        try await BookingScene.run { scene in
            let request = try Self.add()
            let id = try await scene.patients.add(request).patientID
            scene.hospital.set { $0.asked = [] }
            #expect(try await scene.patients.add(request).patientID == id)
            #expect(scene.hospital.asked.isEmpty)
        }
    }

    @Test("C-202 A replica that died with an order in hand leaves the patient to the next one")
    func crash() async throws {
        try await BookingScene.run { scene in
            let request = try Self.add()
            let additions = PatientAdditions(database: scene.store.database)
            let claim = try #require(try await additions.claim(request))
            try await additions.order(claim)
            #expect(try await additions.claim(request) == nil)
            try await scene.store.database.execute(
                """
                UPDATE patient_addition SET claimed_until = now() - interval '1 second',
                    ordered_at = ordered_at - interval '61 seconds'
                """)
            #expect(try await scene.patients.add(request).patientID == "P-0")
        }
    }

    @Test("C-202 While the МИС is away nothing is kept, and a refusal is the МИС's own")
    func away() async throws {
        try await BookingScene.run { scene in
            scene.hospital.set { $0.onAdd = .away }
            let request = try Self.add()
            await #expect(throws: MISError.self) { try await scene.patients.add(request) }
            scene.hospital.set { $0.onAdd = .refuses(21, .patientNotUnique) }
            await #expect(throws: MISError.self) { try await scene.patients.add(request) }
            scene.hospital.set { $0.onAdd = .done }
            #expect(try await scene.patients.add(request).patientID == "P-0")
        }
    }

    @Test("P-02 What is kept of an addition names nobody, and is gone after a day")
    func kept() async throws {
        try await BookingScene.run { scene in
            _ = try await scene.patients.add(try Self.add())
            let row = try #require(
                try await scene.store.database.query("SELECT patient_addition::text AS row FROM patient_addition").first
            )
            #expect(try row.decode("row", as: String.self).contains("Тестов") == false)
            try await scene.store.database.execute(
                "UPDATE patient_addition SET changed_at = changed_at - interval '25 hours'")
            for statement in PatientAdditions.old { try await scene.store.database.execute(statement) }
            #expect(try await scene.store.database.query("SELECT 1 AS one FROM patient_addition").isEmpty)
        }
    }

    @Test("C-202 A СНИЛС or a policy told later is no second order, neither before nor after the МИС has answered")
    func moreIsTold() async throws {
        try await BookingScene.run { scene in
            scene.hospital.set {
                $0.onAdd = .lostBefore
                $0.addsTwice = true
            }
            var more = try Self.add("ТЕСТОВ")
            more.snils = try SNILS(parsing: "112-233-445 95")
            more.name.patronymic = "Иванович"
            let told = more
            #expect(
                try await scene.refusal { try await scene.patients.add(try Self.add()) } == "patient-pending")
            #expect(try await scene.refusal { try await scene.patients.add(told) } == "patient-pending")
            #expect(scene.hospital.ordersToAdd == 1)
        }
        try await BookingScene.run { scene in
            var more = try Self.add()
            let known = try await scene.patients.add(more).patientID
            more.snils = try SNILS(parsing: "112-233-445 95")
            let told = more
            // The МИС does not find the new record by what it was not told.
            scene.hospital.set {
                $0.patients = []
                $0.asked = []
            }
            #expect(try await scene.refusal { try await scene.patients.add(told) } == "patient-ambiguous")
            #expect(scene.hospital.ordersToAdd == 1 && scene.hospital.asked == ["findPatient"])
            #expect(try await scene.patients.add(try Self.add()).patientID == known)
            // Ten minutes later it is another person of that name.
            try await scene.store.database.execute(
                "UPDATE patient_addition SET ordered_at = ordered_at - interval '11 minutes'")
            _ = try await scene.patients.add(told)
            #expect(scene.hospital.ordersToAdd == 2)
        }
    }
}
