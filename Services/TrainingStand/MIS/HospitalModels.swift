/// One clinic of the simulated МИС.
struct Clinic: Sendable {
    let id: Int
    let district: Int
    let shortName: String
    let fullName: String
    let address: String
}

/// One speciality; the same in every clinic.
struct Speciality: Sendable {
    let id: String
    let federalID: String
    let name: String
    let isNarrow: Bool
}

/// One doctor with the timetable of the horizon.
struct Doctor: Sendable {
    let id: String
    let clinic: Int
    let speciality: Int
    let name: String
    let room: String
    let area: String
    /// In the order of time.
    var slots: [Slot]
    /// Slots nobody has.
    var free: Int
    /// Of them those the centre may give.
    var offered: Int
}

/// One quarter of an hour of a doctor.
struct Slot: Sendable {
    enum State: Sendable, Equatable {
        case free
        /// Only the registry gives it.
        case registry
        /// Somebody else has it.
        case taken
        case booked(String)
    }

    let id: String
    /// Local days since 1970 and minutes of that day.
    let day: Int
    let minute: Int
    var state: State

    var moment: Int { self.day * 1440 + self.minute }
}

/// One patient of one clinic: the same person has another id elsewhere.
struct Patient: Sendable {
    let id: String
    let clinic: Int
    var surname: String
    var name: String
    var secondName: String
    /// `yyyy-MM-dd`.
    var birthday: String
    var snils: String
    var policyNumber: String
    var cellPhone: String
    var homePhone: String
}

/// One booking. Its id is another one than the slot's.
struct Booking: Sendable {
    let id: String
    let patient: String
    let clinic: Int
    let doctor: Int
    let slot: Int
    /// Local moment, `yyyy-MM-ddTHH:mm:ss`.
    let createdAt: String
}
