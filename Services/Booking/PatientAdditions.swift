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
        fileprivate let details: Data
        /// What the МИС said when it added this person a moment ago.
        let patientID: String?
        /// Somebody of this name and birth date was added a moment ago, with another patronymic, СНИЛС or policy.
        let isNamesakeAdded: Bool
        /// An order went out a moment ago and was not answered: it may still be carried out.
        let isOrderOpen: Bool
    }

    /// - Returns: nil while somebody else is at this person, or at a namesake of the same birthday.
    func claim(_ request: AddPatient) async throws -> Claim? {
        let clinicID = String(try ClinicDirectory.number(request.clinicID))
        let (person, details) = (Self.person(request), Self.details(request))
        return try await self.database.query(
            """
            INSERT INTO patient_addition AS known (clinic_id, person, operator_id, claimed_until)
            VALUES (\(clinicID), sha256(convert_to(\(person), 'UTF8')), \(request.operatorID),
                now() + make_interval(secs => \(Self.claimSeconds)))
            ON CONFLICT (clinic_id, person) DO UPDATE SET operator_id = excluded.operator_id,
                claimed_until = excluded.claimed_until, changed_at = now()
            WHERE known.claimed_until IS NULL OR known.claimed_until < now()
            RETURNING person, sha256(convert_to(\(details), 'UTF8')) AS asked,
                known.details = sha256(convert_to(\(details), 'UTF8')) AS is_same,
                CASE WHEN ordered_at > now() - interval '10 minutes' THEN patient_id END AS patient_id,
                coalesce(patient_id IS NULL AND ordered_at > now() - make_interval(secs => \(Self.orderSeconds)), false)
                    AS is_open
            """
        ).first.map { row in
            let added = try row.decode("patient_id", as: String?.self)
            let isSame = try row.decode("is_same", as: Bool?.self) ?? false
            return Claim(
                clinicID: clinicID, person: try row.decode("person"), details: try row.decode("asked"),
                patientID: isSame ? added : nil, isNamesakeAdded: !isSame && added != nil,
                isOrderOpen: try row.decode("is_open"))
        }
    }

    /// Noted before the order goes out: whatever happens next, it is known that it may have been carried out.
    func order(_ claim: Claim) async throws {
        try await self.database.execute(
            """
            UPDATE patient_addition SET ordered_at = now(), patient_id = NULL, details = \(claim.details)
            WHERE clinic_id = \(claim.clinicID) AND person = \(claim.person)
            """)
    }

    /// The МИС has this person.
    func finish(_ claim: Claim, patientID: String) async throws {
        try await self.database.execute(
            """
            UPDATE patient_addition SET patient_id = \(patientID), details = \(claim.details), ordered_at = now(),
                claimed_until = NULL, changed_at = now()
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

    /// The same person, however the name is written, and whatever else the citizen says only at the second time: an order
    /// that may still be carried out is not to be given again for a СНИЛС.
    private static func person(_ request: AddPatient) -> String {
        [
            PersonName.searchKey(request.name.family), PersonName.searchKey(request.name.given),
            "\(request.birthDate)",
        ].joined(separator: "\u{1F}")
    }

    /// What tells namesakes of one birthday apart. The telephone says nothing of who it is.
    private static func details(_ request: AddPatient) -> String {
        [
            self.person(request), PersonName.searchKey(request.name.patronymic ?? ""), request.snils?.digits ?? "",
            request.policy?.digits ?? "",
        ].joined(separator: "\u{1F}")
    }
}
