/// Reads the answers.
enum N3Answers {
    /// The result element of an answer, or the refusal in it.
    static func result(of operation: String, status: Int, body: [UInt8], changes: Bool) throws(MISError) -> N3Element {
        func unreadable(_ cause: String) -> MISError {
            MISError(
                kind: changes ? .unknownOutcome : .malformed(cause), operation: operation, cause: cause,
                answer: .unreadable)
        }
        guard status < 500 else {
            // SOAP sends its faults as HTTP 500: the МИС is there, and what it says is not understood.
            if N3Element.parse(body)?.descendant("Fault") != nil {
                throw unreadable("HTTP status \(status) with a fault")
            }
            throw MISError(
                kind: changes ? .unknownOutcome : .unavailable, operation: operation, cause: "HTTP status \(status)")
        }
        guard (200..<300).contains(status) else {
            throw MISError(
                kind: .unavailable, operation: operation, cause: "HTTP status \(status)", answer: .readable)
        }
        guard let root = N3Element.parse(body) else { throw unreadable("no XML") }
        guard let result = root.descendant("\(operation)Result") else { throw unreadable("no \(operation)Result") }
        if result.bool("Success") == true { return result }
        guard let first = self.errors(result).first else { throw unreadable("neither success nor an error") }
        let meaning = N3ErrorCode.meaning(first.code)
        let kind: MISError.Kind =
            changes && N3ErrorCode.leavesOutcomeOpen(meaning)
            ? .unknownOutcome : .refused(code: first.code, text: first.text, meaning: meaning)
        throw MISError(kind: kind, operation: operation, cause: "error \(first.code)", answer: .readable)
    }

    static func errors(_ result: N3Element) -> [MISErrorText] {
        (result["ErrorList"]?.children ?? []).compactMap { error in
            error.int("IdError").map { MISErrorText(code: $0, text: error.string("ErrorDescription") ?? "") }
        }
    }

    /// The items of a list. One that lacks what cannot be done without is left out and counted: it takes nothing else with
    /// it (F-501).
    struct Items<Item> {
        let items: [Item]
        let leftOut: Int
    }

    private static func list<Item>(
        _ name: String, of result: N3Element, _ read: (N3Element) -> Item?
    ) -> Items<Item> {
        let children = result[name]?.children ?? []
        let items = children.compactMap(read)
        return Items(items: items, leftOut: children.count - items.count)
    }

    static func clinics(_ result: N3Element) -> Items<Clinic> {
        self.list("ListLPU", of: result) { item in
            item.int("IdLPU").map { id in
                Clinic(
                    id: id, fullName: item.string("LPUFullName") ?? "", shortName: item.string("LPUShortName") ?? "",
                    isActive: item.bool("IsActive") ?? false, oid: item.string("Oid"),
                    district: item.int("District"), partOf: item.int("PartOf"))
            }
        }
    }

    static func specialities(_ result: N3Element) -> Items<Speciality> {
        self.list("ListSpesiality", of: result) { item in
            item.string("IdSpesiality").map { id in
                Speciality(
                    id: id, name: item.string("NameSpesiality") ?? "", ferID: item.string("FerIdSpesiality"),
                    free: item.int("CountFreeTicket") ?? 0, freeForUs: item.int("CountFreeParticipantIE") ?? 0,
                    nearest: N3Time.day(item.string("NearestDate")), last: N3Time.day(item.string("LastDate")))
            }
        }
    }

    static func doctors(_ result: N3Element) -> Items<Doctor> {
        self.list("Docs", of: result) { item in
            item.string("IdDoc").map { id in
                Doctor(
                    id: id, name: item.string("Name") ?? "", area: item.string("AriaNumber"),
                    comment: item.string("Comment"), free: item.int("CountFreeTicket") ?? 0,
                    freeForUs: item.int("CountFreeParticipantIE") ?? 0,
                    nearest: N3Time.day(item.string("NearestDate")), last: N3Time.day(item.string("LastDate")))
            }
        }
    }

    static func availableDates(_ result: N3Element) -> [String] {
        (result["AvailableDateList"]?.children ?? []).compactMap { N3Time.day($0.text) }
    }

    static func slots(_ result: N3Element, _ time: N3Time) -> Items<Slot> {
        self.list("ListAppointments", of: result) { item in
            guard let id = item.string("IdAppointment"), let start = time.date(item.string("VisitStart")) else {
                return nil
            }
            return Slot(
                id: id, start: start, end: time.date(item.string("VisitEnd")), room: item.string("Room"),
                address: item.string("Address"), number: item.int("Num"))
        }
    }

    /// None is left out: an entry without a time or an id may be the visit that is looked for.
    static func bookings(_ result: N3Element, _ time: N3Time) -> Items<MISBooking> {
        self.list("ListHistoryVisit", of: result) { item in
            MISBooking(
                id: item.string("IdAppointment"), start: time.date(item.string("VisitStart")),
                doctorID: item["DoctorRendingConsultation"]?.string("IdDoc"),
                doctorName: item["DoctorRendingConsultation"]?.string("Name"),
                specialityID: item["SpecialityRendingConsultation"]?.string("IdSpesiality"),
                specialityName: item["SpecialityRendingConsultation"]?.string("NameSpesiality"),
                createdAt: time.date(item.string("DateCreatedAppointment")),
                createdBy: item["UserCreatedAppointment"]?.string("UserName"))
        }
    }
}
