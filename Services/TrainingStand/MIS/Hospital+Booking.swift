import Foundation

extension Hospital {
    func doctor(_ id: String, clinic: Int) throws(HubError) -> Int {
        guard let number = Int(id.dropFirst(2)), id.hasPrefix("D-"), self.doctors.indices.contains(number - 1),
            self.doctors[number - 1].clinic == clinic
        else { throw .incomplete }
        return number - 1
    }

    /// Slots the centre may give, from now on, between two local moments in minutes.
    func offered(_ doctor: Int, from: Int, to: Int, now: Date) -> [Slot] {
        let present = Self.local(now, self.utcOffset)
        return self.doctors[doctor].slots.filter {
            $0.state == .free && $0.moment > present && $0.moment >= from && $0.moment <= to
        }
    }

    /// Books a slot, or moves the booking `previous` to it. The same doctor twice on one day is 35, a slot somebody
    /// has is 39, an unknown one 38.
    mutating func book(
        _ slotID: String, patient: String, clinic: Int, previous: String?, now: Date
    ) throws(HubError) -> Speciality {
        guard !slotID.isEmpty, !patient.isEmpty else { throw .incomplete }
        guard self.patients[patient]?.clinic == clinic else { throw .patientNotFound }
        guard let address = self.slots[slotID], self.doctors[address.doctor].clinic == clinic else {
            throw .invalidSlot
        }
        let slot = self.doctors[address.doctor].slots[address.slot]
        if case .booked(let id) = slot.state, self.bookings[id]?.patient == patient {
            self.statistics.repeated += 1
            throw .alreadyBooked
        }
        guard slot.state == .free, slot.moment > Self.local(now, self.utcOffset) else { throw .slotTaken }
        if let previous { _ = try self.own(previous, patient: patient, clinic: clinic) }
        let hasOther = self.bookingsOfPatient[patient, default: []].contains { id in
            guard id != previous, let booking = self.bookings[id], booking.doctor == address.doctor else {
                return false
            }
            return self.doctors[booking.doctor].slots[booking.slot].day == slot.day
        }
        guard !hasOther else { throw .alreadyBooked }
        if let previous {
            self.release(previous)
            self.statistics.moved += 1
        }
        let id = self.nextBookingID()
        let time = CivilTime(now, utcOffset: self.utcOffset)
        self.bookings[id] = Booking(
            id: id, patient: patient, clinic: clinic, doctor: address.doctor, slot: address.slot,
            createdAt: "\(time.date)T\(time.clock)")
        self.bookingsOfPatient[patient, default: []].append(id)
        self.doctors[address.doctor].slots[address.slot].state = .booked(id)
        self.doctors[address.doctor].free -= 1
        self.doctors[address.doctor].offered -= 1
        self.statistics.booked += 1
        return self.specialities[self.doctors[address.doctor].speciality]
    }

    /// Cancels by the id of the history; the id of the slot is refused like any foreign one.
    mutating func cancel(_ id: String, patient: String, clinic: Int) throws(HubError) {
        guard !id.isEmpty, !patient.isEmpty else { throw .incomplete }
        _ = try self.own(id, patient: patient, clinic: clinic)
        self.release(id)
        self.statistics.cancelled += 1
    }

    /// Future bookings only.
    func history(_ patient: String, clinic: Int, now: Date) throws(HubError) -> [Booking] {
        guard !patient.isEmpty else { throw .incomplete }
        guard self.patients[patient]?.clinic == clinic else { throw .patientNotFound }
        let present = Self.local(now, self.utcOffset)
        return self.bookingsOfPatient[patient, default: []].compactMap { self.bookings[$0] }.filter {
            self.doctors[$0.doctor].slots[$0.slot].moment > present
        }
    }

    private func own(_ id: String, patient: String, clinic: Int) throws(HubError) -> Booking {
        guard let booking = self.bookings[id], booking.patient == patient, booking.clinic == clinic else {
            throw .noBooking
        }
        return booking
    }

    private mutating func release(_ id: String) {
        guard let booking = self.bookings.removeValue(forKey: id) else { return }
        self.bookingsOfPatient[booking.patient]?.removeAll { $0 == id }
        self.doctors[booking.doctor].slots[booking.slot].state = .free
        self.doctors[booking.doctor].free += 1
        self.doctors[booking.doctor].offered += 1
    }

    /// Somebody else takes the slot first, at the registry or on another portal.
    mutating func takeAway(_ slotID: String) {
        guard let address = self.slots[slotID], self.doctors[address.doctor].slots[address.slot].state == .free else {
            return
        }
        self.doctors[address.doctor].slots[address.slot].state = .taken
        self.doctors[address.doctor].free -= 1
        self.doctors[address.doctor].offered -= 1
    }

    /// Counted from the bookings themselves, not from the slots: slots with more than one booking, and patients who
    /// have more than one visit to one doctor on one day.
    var doubles: (slots: Int, visits: Int) {
        let slots = Dictionary(grouping: self.bookings.values) { "\($0.doctor)/\($0.slot)" }
        let visits = Dictionary(grouping: self.bookings.values) { booking in
            "\(booking.patient)/\(booking.doctor)/\(self.doctors[booking.doctor].slots[booking.slot].day)"
        }
        return (slots.values.count { $0.count > 1 }, visits.values.count { $0.count > 1 })
    }
}
