public import Messaging
public import Vocabulary

/// Finds the patient in the clinic's register, by name and birth date and whatever else is known. Never adds one.
/// Refusals besides: `patient-not-found` (then `AddPatient`, if a person wants it), `patient-ambiguous` (ask for more).
public struct FindPatient: Request {
    public struct Answer: Codable, Sendable {
        /// Valid within this clinic only.
        public var patientID: String
        public init(patientID: String) { self.patientID = patientID }
    }
    public static let receiver = ServiceName.booking
    public static let type = "patient.find"
    public static let isRead = true
    public var clinicID: String
    public var name: PersonName
    public var birthDate: CalendarDate
    public var snils: SNILS?
    public var policy: PolicyNumber?
    public var phone: PhoneNumber?
    /// Nothing is added any more, whatever stands here: the version before this one added when it was true, and cannot
    /// read a request without it.
    public var addIfUnknown: Bool? = false
    public init(
        clinicID: String, name: PersonName, birthDate: CalendarDate, snils: SNILS?, policy: PolicyNumber?,
        phone: PhoneNumber?
    ) {
        self.clinicID = clinicID
        self.name = name
        self.birthDate = birthDate
        self.snils = snils
        self.policy = policy
        self.phone = phone
    }
}

/// Registers a patient whom the clinic does not know. One person is registered in one clinic once, however often and by
/// however many it is asked: the МИС is looked into before, and what became of an order that it did not answer is read
/// back before another one.
///
/// Refusals besides: `patient-ambiguous` (also: somebody of this name and birth date was added less than ten minutes ago
/// with another patronymic, СНИЛС or policy, and is not found by these), `patient-pending` (the МИС has not said yet what became of it: ask again).
public struct AddPatient: Request {
    public typealias Answer = FindPatient.Answer
    public static let receiver = ServiceName.booking
    public static let type = "patient.add"
    public static let isRead = false
    public var clinicID: String
    public var name: PersonName
    public var birthDate: CalendarDate
    public var snils: SNILS?
    public var policy: PolicyNumber?
    public var phone: PhoneNumber?
    /// Who wants it.
    public var operatorID: String
    public init(
        clinicID: String, name: PersonName, birthDate: CalendarDate, snils: SNILS?, policy: PolicyNumber?,
        phone: PhoneNumber?, operatorID: String
    ) {
        self.clinicID = clinicID
        self.name = name
        self.birthDate = birthDate
        self.snils = snils
        self.policy = policy
        self.phone = phone
        self.operatorID = operatorID
    }
}
