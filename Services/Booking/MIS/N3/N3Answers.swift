/// Reads the answers.
enum N3Answers {
    /// The result element of an answer, or the refusal in it.
    static func result(of operation: String, status: Int, body: [UInt8], changes: Bool) throws(MISError) -> N3Element {
        func open(_ cause: String, _ otherwise: MISError.Kind) -> MISError {
            MISError(kind: changes ? .unknownOutcome : otherwise, operation: operation, cause: cause)
        }
        guard status < 500 else { throw open("HTTP status \(status)", .unavailable) }
        guard (200..<300).contains(status) else {
            throw MISError(kind: .unavailable, operation: operation, cause: "HTTP status \(status)")
        }
        guard let root = N3Element.parse(body) else { throw open("no XML", .malformed("no XML")) }
        guard let result = root.descendant("\(operation)Result") else {
            throw open("no \(operation)Result", .malformed("no \(operation)Result"))
        }
        if result.bool("Success") == true { return result }
        guard let first = self.errors(result).first else {
            throw open("neither success nor an error", .malformed("neither success nor an error"))
        }
        let meaning = N3ErrorCode.meaning(first.code)
        if changes, N3ErrorCode.leavesOutcomeOpen(meaning) {
            throw MISError(kind: .unknownOutcome, operation: operation, cause: "error \(first.code)")
        }
        throw MISError(
            kind: .refused(code: first.code, text: first.text, meaning: meaning), operation: operation,
            cause: "error \(first.code)")
    }

    static func errors(_ result: N3Element) -> [MISErrorText] {
        (result["ErrorList"]?.children ?? []).compactMap { error in
            error.int("IdError").map { MISErrorText(code: $0, text: error.string("ErrorDescription") ?? "") }
        }
    }

    private static func need<T>(_ value: T?, _ name: String) throws(MISError) -> T {
        guard let value else { throw MISError(kind: .malformed(name), operation: "N3", cause: "no \(name)") }
        return value
    }

    static func clinics(_ result: N3Element) throws -> [Clinic] {
        try (result["ListLPU"]?.children ?? []).map { item in
            Clinic(
                id: try self.need(item.int("IdLPU"), "IdLPU"), fullName: item.string("LPUFullName") ?? "",
                shortName: item.string("LPUShortName") ?? "", isActive: item.bool("IsActive") ?? false,
                oid: item.string("Oid"), district: item.int("District"), partOf: item.int("PartOf"))
        }
    }

    static func specialities(_ result: N3Element) throws -> [Speciality] {
        try (result["ListSpesiality"]?.children ?? []).map { item in
            Speciality(
                id: try self.need(item.string("IdSpesiality"), "IdSpesiality"),
                name: item.string("NameSpesiality") ?? "", ferID: item.string("FerIdSpesiality"),
                free: item.int("CountFreeTicket") ?? 0, freeForUs: item.int("CountFreeParticipantIE") ?? 0,
                nearest: N3Time.day(item.string("NearestDate")), last: N3Time.day(item.string("LastDate")))
        }
    }

    static func doctors(_ result: N3Element) throws -> [Doctor] {
        try (result["Docs"]?.children ?? []).map { item in
            Doctor(
                id: try self.need(item.string("IdDoc"), "IdDoc"), name: item.string("Name") ?? "",
                area: item.string("AriaNumber"), comment: item.string("Comment"),
                free: item.int("CountFreeTicket") ?? 0, freeForUs: item.int("CountFreeParticipantIE") ?? 0,
                nearest: N3Time.day(item.string("NearestDate")), last: N3Time.day(item.string("LastDate")))
        }
    }

    static func availableDates(_ result: N3Element) -> [String] {
        (result["AvailableDateList"]?.children ?? []).compactMap { N3Time.day($0.text) }
    }

    static func slots(_ result: N3Element, _ time: N3Time) throws -> [Slot] {
        try (result["ListAppointments"]?.children ?? []).map { item in
            Slot(
                id: try self.need(item.string("IdAppointment"), "IdAppointment"),
                start: try self.need(time.date(item.string("VisitStart")), "VisitStart"),
                end: time.date(item.string("VisitEnd")), room: item.string("Room"), address: item.string("Address"),
                number: item.int("Num"))
        }
    }

    static func bookings(_ result: N3Element, _ time: N3Time) throws -> [MISBooking] {
        try (result["ListHistoryVisit"]?.children ?? []).map { item in
            MISBooking(
                id: try self.need(item.string("IdAppointment"), "IdAppointment"),
                start: try self.need(time.date(item.string("VisitStart")), "VisitStart"),
                doctorID: item["DoctorRendingConsultation"]?.string("IdDoc"),
                doctorName: item["DoctorRendingConsultation"]?.string("Name"),
                specialityID: item["SpecialityRendingConsultation"]?.string("IdSpesiality"),
                specialityName: item["SpecialityRendingConsultation"]?.string("NameSpesiality"),
                createdAt: time.date(item.string("DateCreatedAppointment")),
                createdBy: item["UserCreatedAppointment"]?.string("UserName"))
        }
    }
}
