import Foundation

/// The data and rules of a regional МИС, as a value without I/O.
struct Hospital: Sendable {
    struct Address: Sendable {
        var doctor: Int
        var slot: Int
    }

    let size: HospitalSize
    let utcOffset: Int
    let districts = [(1, "Центральный"), (2, "Заречный"), (3, "Северный")]
    let specialities: [Speciality]
    var clinics: [Clinic] = []
    var doctors: [Doctor] = []
    var patients: [String: Patient] = [:]
    /// Ids of patients by clinic and first letters of the surname.
    var register: [String: [String]] = [:]
    var bookings: [String: Booking] = [:]
    var bookingsOfPatient: [String: [String]] = [:]
    var slots: [String: Address] = [:]
    var statistics = HospitalStatistics()
    /// Adds whoever is to be added, looking for nobody: a fault.
    var addsTwice = false

    private let firstDay: Int
    private var lastPatient = 500
    private var lastBooking = 88_000

    init(_ size: HospitalSize, utcOffset: Int, seed: UInt64, today: Date) {
        self.size = size
        self.utcOffset = utcOffset
        self.firstDay = Self.local(today, utcOffset) / 1440
        self.specialities = Self.standardSpecialities
        var chance = Chance(seed: seed &+ 17)
        for index in 0..<size.clinics {
            self.clinics.append(Self.clinic(index))
            for speciality in self.specialities.indices {
                for _ in 0..<size.doctorsPerSpeciality { self.addDoctor(index, speciality, &chance) }
            }
            for _ in 0..<size.patientsPerClinic { self.addPatient(Self.invented(index + 17, &chance)) }
        }
    }

    /// Local minutes since 1970.
    static func local(_ date: Date, _ utcOffset: Int) -> Int {
        Int(((date.timeIntervalSince1970 + Double(utcOffset)) / 60).rounded(.down))
    }

    private mutating func addDoctor(_ clinic: Int, _ speciality: Int, _ chance: inout Chance) {
        let index = self.doctors.count
        let id = "D-\(index + 1)"
        var doctor = Doctor(
            id: id, clinic: self.clinics[clinic].id, speciality: speciality, name: Self.doctorName(&chance),
            room: String(100 + Int.random(in: 0..<400, using: &chance)),
            area: String(Int.random(in: 1...20, using: &chance)), slots: [], free: 0, offered: 0)
        let startsAt = chance.happens(0.5) ? 8 * 60 : 13 * 60
        for day in self.firstDay..<self.firstDay + self.size.days where self.isWorking(day, doctor: index) {
            for number in 0..<self.size.slotsPerDay {
                let minute = min(startsAt, 1440 - self.size.slotsPerDay * 15) + number * 15
                let time = CivilTime(daysSinceEpoch: day, seconds: minute * 60)
                let drawn = chance.fraction()
                let state: Slot.State =
                    drawn < self.size.takenShare
                    ? .taken
                    : drawn < self.size.takenShare + self.size.registryShare ? .registry : .free
                let slot = Slot(id: "\(id)_\(time.date)_\(time.clock)", day: day, minute: minute, state: state)
                self.slots[slot.id] = Address(doctor: index, slot: doctor.slots.count)
                doctor.slots.append(slot)
                if state != .taken { doctor.free += 1 }
                if state == .free { doctor.offered += 1 }
            }
        }
        self.doctors.append(doctor)
    }

    /// Six days a week, the free day differs from doctor to doctor.
    private func isWorking(_ day: Int, doctor: Int) -> Bool { day % 7 != doctor % 7 }

    mutating func nextPatientID() -> String {
        self.lastPatient += 1
        return "P-\(self.lastPatient)"
    }

    mutating func nextBookingID() -> String {
        self.lastBooking += 1
        return "A-\(self.lastBooking)"
    }

    mutating func addPatient(_ patient: Patient) {
        let id = patient.id.isEmpty ? self.nextPatientID() : patient.id
        let known = Patient(
            id: id, clinic: patient.clinic, surname: patient.surname, name: patient.name,
            secondName: patient.secondName, birthday: patient.birthday, snils: patient.snils,
            policyNumber: patient.policyNumber, cellPhone: patient.cellPhone, homePhone: patient.homePhone)
        self.patients[id] = known
        self.register[Self.registerKey(known.clinic, known.surname), default: []].append(id)
    }

    static func registerKey(_ clinic: Int, _ surname: String) -> String {
        "\(clinic)/\(surname.lowercased().prefix(2))"
    }
}
