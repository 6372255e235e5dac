import Contracts
import Foundation
import Messaging
import Postgres
import TestSupport
import Testing
import Vocabulary

@testable import Booking

/// The booking saga on a database of its own, with a МИС that does as it is told.
struct BookingScene: Sendable {
    static let start = Date(timeIntervalSince1970: 1_795_230_000)

    let store: BookingStore
    let saga: BookingSaga
    let patients: PatientRegister
    let clinics: ClinicDirectory
    let hospital: HospitalDouble

    /// - Parameter questions: where every question of the МИС waits.
    static func run(questions: Turnstile? = nil, _ body: (BookingScene) async throws -> Void) async throws {
        try await withTestDatabase(migrations: [.messaging, Self.migrations]) { database in
            let hospital = HospitalDouble(
                slots: [
                    "slot-1": ("doctor-1", Self.start), "slot-2": ("doctor-1", Self.start.addingTimeInterval(900)),
                ], questions: questions)
            let store = BookingStore(database: database)
            let clinics = ClinicDirectory(mis: hospital, logger: quietLogger())
            try await body(
                BookingScene(
                    store: store,
                    saga: BookingSaga(
                        store: store, mis: hospital, visits: VisitReader(mis: hospital, clinics: clinics),
                        logger: quietLogger()),
                    patients: PatientRegister(
                        additions: PatientAdditions(database: database), mis: hospital,
                        zone: try RegionTimeZone(identifier: "Europe/Saratov"), logger: quietLogger()),
                    clinics: clinics, hospital: hospital))
        }
    }

    // Not `Bundle.module`: these are the files as they are in the source.
    private static let migrations = MigrationSet(
        component: "booking",
        directory: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Services/Booking/Migrations"))

    static func visit(_ slot: String = "slot-1", at start: Date = Self.start) -> Visit {
        Visit(
            clinicID: "17", clinicName: "Поликлиника № 1", specialityID: "1", specialityName: "Терапевт",
            doctorID: "doctor-1", doctorName: "Иванова И. И.", slotID: slot, startsAt: start, room: "215")
    }

    static func wish(_ id: UUID = UUID(), _ visit: Visit = Self.visit(), patient: String = "501") -> BookVisit {
        BookVisit(
            bookingID: id, appealID: UUID(), patientID: patient, patientPhone: nil, slot: SlotChoice(visit),
            operatorID: "operator1")
    }

    /// - Returns: the refusal's id; nil when nothing was refused.
    func refusal<Answer>(_ body: () async throws -> Answer) async throws -> String? {
        do {
            _ = try await body()
            return nil
        } catch let refusal as Refusal {
            #expect(!refusal.message.isEmpty)
            return refusal.errorID
        }
    }

    /// The time of everything that is open has come.
    func makeDue() async throws {
        try await self.store.database.execute(
            """
            UPDATE booking SET run_at = now(), claimed_until = now() - interval '1 second' WHERE run_at IS NOT NULL
            """)
    }

    /// Looks into what is open as if its time had come.
    func reconcile() async throws {
        try await self.makeDue()
        for booking in try await self.store.claimOpen(limit: 10) { try await self.saga.reconcile(booking) }
    }

    func state(_ id: UUID) async throws -> BookingState? { try await self.store.find(id)?.state }

    /// The types of the events announced so far, oldest first.
    func announced() async throws -> [String] {
        try await self.store.database.query("SELECT type FROM outbox_message ORDER BY position").map {
            try $0.decode("type", as: String.self)
        }
    }

    func announced<E: Event>(_ type: E.Type) async throws -> [E] {
        try await self.store.database.query(
            "SELECT body FROM outbox_message WHERE type = \(E.type) ORDER BY position"
        ).map { try MessageCoding.decoder.decode(E.self, from: try $0.decode("body", as: Data.self)) }
    }

    /// Makes a booking older than the service will look after by itself.
    func age(_ id: UUID) async throws {
        try await self.store.database.execute(
            """
            UPDATE booking SET created_at = created_at - interval '11 minutes',
                changed_at = changed_at - interval '11 minutes' WHERE id = \(id)
            """)
    }
}
