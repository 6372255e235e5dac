import Foundation

extension HubOperation {
    /// Specialities, doctors, days and slots. A client judges by `CountFreeParticipantIE`: the registry's own slots
    /// are counted as free tickets and never offered.
    func timetable(
        _ call: SOAPElement, _ clinic: Int, _ hospital: Hospital, now: Date
    ) throws(HubError) -> Members {
        switch self {
        case .getSpesialityList: return Self.specialities(clinic, hospital, now: now)
        case .getDoctorList:
            let wanted = call.value("idSpesiality")
            guard let speciality = hospital.specialities.firstIndex(where: { $0.id == wanted }) else {
                throw .incomplete
            }
            return Self.doctors(clinic, speciality, hospital, now: now)
        default: break
        }
        let doctor = try hospital.doctor(call.value("idDoc"), clinic: clinic)
        guard let from = Self.minutes(call.value("visitStart")), let to = Self.minutes(call.value("visitEnd")) else {
            throw .incomplete
        }
        if self == .getWorkingTime { return Self.workingTime(hospital.doctors[doctor], from, to) }
        let slots = hospital.offered(doctor, from: from, to: to, now: now)
        if self == .getAvailableDates {
            var days: [Int] = []
            for slot in slots where days.last != slot.day { days.append(slot.day) }
            return { writer in
                writer.list("AvailableDateList", days) { writer, day in
                    writer.raw("<a:dateTime>\(Slot.moment(day, 0))</a:dateTime>")
                }
            }
        }
        let room = hospital.doctors[doctor].room
        return { writer in
            writer.list("ListAppointments", slots) { writer, slot in
                writer.element("Appointment") { writer in
                    writer.member("Address", nil)
                    writer.member("IdAppointment", slot.id)
                    writer.member("Num", nil)
                    writer.member("Room", room)
                    writer.member("VisitEnd", slot.end)
                    writer.member("VisitStart", slot.start)
                }
            }
        }
    }

    private static func specialities(_ clinic: Int, _ hospital: Hospital, now: Date) -> Members {
        let doctors = hospital.doctors.filter { $0.clinic == clinic }
        return { writer in
            writer.list("ListSpesiality", Array(hospital.specialities.indices)) { writer, index in
                let own = doctors.filter { $0.speciality == index }
                let speciality = hospital.specialities[index]
                writer.element("Spesiality") { writer in
                    writer.member("CountFreeParticipantIE", own.reduce(0) { $0 + $1.offered })
                    writer.member("CountFreeTicket", own.reduce(0) { $0 + $1.free })
                    writer.member("FerIdSpesiality", speciality.federalID)
                    writer.member("IdSpesiality", speciality.id)
                    writer.member("LastDate", Self.date(own.compactMap { Self.last($0)?.day }.max()))
                    writer.member("NameSpesiality", speciality.name)
                    writer.member("NearestDate", Self.date(own.compactMap { Self.first($0, hospital, now)?.day }.min()))
                }
            }
            writer.member("LpuChanges", nil)
        }
    }

    private static func doctors(_ clinic: Int, _ speciality: Int, _ hospital: Hospital, now: Date) -> Members {
        let doctors = hospital.doctors.filter { $0.clinic == clinic && $0.speciality == speciality }
        return { writer in
            writer.list("Docs", doctors) { writer, doctor in
                writer.element("Doctor") { writer in
                    writer.member("AriaNumber", doctor.area)
                    writer.member("Comment", "")
                    writer.member("CountFreeParticipantIE", doctor.offered)
                    writer.member("CountFreeTicket", doctor.free)
                    writer.member("IdDoc", doctor.id)
                    writer.member("LastDate", Self.date(Self.last(doctor)?.day))
                    writer.member("Name", doctor.name)
                    writer.member("NearestDate", Self.date(Self.first(doctor, hospital, now)?.day))
                    writer.member("Snils", "")
                }
            }
        }
    }

    private static func first(_ doctor: Doctor, _ hospital: Hospital, _ now: Date) -> Slot? {
        let present = Hospital.local(now, hospital.utcOffset)
        return doctor.slots.first { $0.state == .free && $0.moment > present }
    }

    private static func last(_ doctor: Doctor) -> Slot? { doctor.slots.last { $0.state == .free } }

    /// "No date" of the contract is the first day of the calendar.
    private static func date(_ day: Int?) -> String { day.map { Slot.moment($0, 0) } ?? "0001-01-01T00:00:00" }

    private static func workingTime(_ doctor: Doctor, _ from: Int, _ to: Int) -> Members {
        let days = Dictionary(grouping: doctor.slots.filter { (from...max(from, to)).contains($0.moment) }, by: \.day)
        return { writer in
            writer.list("WorkingTimeList", days.keys.sorted()) { writer, day in
                guard let slots = days[day], let first = slots.first, let last = slots.last else { return }
                let isOpen = slots.contains { $0.state == .free }
                let hasRegistry = slots.contains { $0.state == .registry }
                writer.element("WorkingTime") { writer in
                    let cause =
                        hasRegistry
                        ? "Остались талоны для записи по телефону" : "Талоны закончились / отсутствуют"
                    writer.member("DenyCause", isOpen ? "" : cause)
                    writer.member("RecordableDay", isOpen)
                    writer.member("VisitEnd", last.end)
                    writer.member("VisitStart", first.start)
                }
            }
        }
    }

    /// Local minutes since 1970 of `yyyy-MM-ddTHH:mm:ss`, with or without fraction or zone behind; nil for anything
    /// else.
    static func minutes(_ text: String) -> Int? {
        let numbers = text.prefix(16).split { !$0.isNumber }.compactMap { Int($0) }
        guard numbers.count == 5, (1...12).contains(numbers[1]), (1...31).contains(numbers[2]),
            (0...24).contains(numbers[3]), (0...59).contains(numbers[4])
        else { return nil }
        // Day number of a proleptic Gregorian date: the reverse of `CivilTime`.
        let year = numbers[1] <= 2 ? numbers[0] - 1 : numbers[0]
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let month = (numbers[1] + 9) % 12
        let dayOfYear = (153 * month + 2) / 5 + numbers[2] - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return (era * 146_097 + dayOfEra - 719_468) * 1440 + numbers[3] * 60 + numbers[4]
    }
}
