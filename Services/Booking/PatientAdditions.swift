import Contracts
import Foundation
import Postgres
import Vocabulary

/// All SQL about patients whom the МИС is told to register. A row is one person in one clinic (C-202).
struct PatientAdditions: Sendable {
    /// Longer than the two calls of one addition may take, 25 s each at most.
    private static let claimSeconds = 60.0
    /// Seconds within which an order without an answer may still be carried out.
    private static let orderSeconds = 60.0

    /// What is a day old is of no use to anybody; by then the МИС finds the patient.
    static let old: [PostgresQuery] = [
        """
        DELETE FROM patient_addition WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM patient_addition WHERE changed_at < now() - interval '1 day' LIMIT 1000))
        """
    ]

    let database: PostgresPool

    /// A claimed row.
    struct Claim: Sendable {
        fileprivate let clinicID: String
        /// SHA-256.
        fileprivate let person: Data
        /// What the МИС said when it added this person a moment ago.
        let patientID: String?
        /// An order went out a moment ago and was not answered: it may still be carried out.
        let isOrderOpen: Bool
    }

    /// - Returns: nil while somebody else is at this person.
    func claim(_ request: AddPatient) async throws -> Claim? {
        try await self.database.query(
            """
            INSERT INTO patient_addition AS known (clinic_id, person, operator_id, claimed_until)
            VALUES (\(request.clinicID), sha256(convert_to(\(Self.person(request)), 'UTF8')), \(request.operatorID),
                now() + make_interval(secs => \(Self.claimSeconds)))
            ON CONFLICT (clinic_id, person) DO UPDATE SET operator_id = excluded.operator_id,
                claimed_until = excluded.claimed_until, changed_at = now()
            WHERE known.claimed_until IS NULL OR known.claimed_until < now()
            RETURNING person, CASE WHEN ordered_at > now() - interval '10 minutes' THEN patient_id END AS patient_id,
                coalesce(patient_id IS NULL AND ordered_at > now() - make_interval(secs => \(Self.orderSeconds)), false)
                    AS is_open
            """
        ).first.map { row in
            Claim(
                clinicID: request.clinicID, person: try row.decode("person"),
                patientID: try row.decode("patient_id", as: String?.self), isOrderOpen: try row.decode("is_open"))
        }
    }

    /// Noted before the order goes out: whatever happens next, it is known that it may have been carried out.
    func order(_ claim: Claim) async throws {
        try await self.database.execute(
            """
            UPDATE patient_addition SET ordered_at = now(), patient_id = NULL
            WHERE clinic_id = \(claim.clinicID) AND person = \(claim.person)
            """)
    }

    /// The МИС has this person.
    func finish(_ claim: Claim, patientID: String) async throws {
        try await self.database.execute(
            """
            UPDATE patient_addition SET patient_id = \(patientID), ordered_at = now(), claimed_until = NULL,
                changed_at = now()
            WHERE clinic_id = \(claim.clinicID) AND person = \(claim.person)
            """)
    }

    /// The next one may look: nothing was ordered, or nobody knows what became of it.
    func release(_ claim: Claim) async throws {
        try await self.database.execute(
            """
            UPDATE patient_addition SET claimed_until = NULL
            WHERE clinic_id = \(claim.clinicID) AND person = \(claim.person)
            """)
    }

    /// The МИС surely did nothing.
    func forget(_ claim: Claim) async throws {
        try await self.database.execute(
            "DELETE FROM patient_addition WHERE clinic_id = \(claim.clinicID) AND person = \(claim.person)")
    }

    /// The same person, however the name is written. The telephone says nothing of who it is.
    private static func person(_ request: AddPatient) -> String {
        [
            request.name.family, request.name.given, request.name.patronymic ?? "", "\(request.birthDate)",
            request.snils?.formatted ?? "", request.policy?.digits ?? "",
        ].map { $0.lowercased().replacing("ё", with: "е") }.joined(separator: "\u{1F}")
    }
}
