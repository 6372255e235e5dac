import Foundation
import Metrics
import OutboundHTTP

/// The МИС behind an N3 HubService, SOAP 1.1 or 1.2.
struct N3HubService: MedicalInformationSystem {
    let configuration: N3Configuration
    let http: OutboundHTTPClient

    private var time: N3Time { N3Time(self.configuration.timeZone) }

    func clinics(district: Int?) async throws -> [Clinic] {
        try await self.list(self.clinicsRequest(district: district), N3Answers.clinics)
    }

    func findPatient(_ patient: Patient, clinic: Int) async throws -> String? {
        do {
            return try await self.ask(self.findPatientRequest(patient, clinic: clinic)).string("IdPat")
        } catch let error as MISError {
            if case .refused(_, _, .patientNotFound) = error.kind { return nil }
            throw error
        }
    }

    func addPatient(_ patient: Patient, clinic: Int) async throws -> String {
        let request = self.addPatientRequest(patient, clinic: clinic)
        guard let id = try await self.change(request).string("IdPat") else {
            throw MISError(
                kind: .unknownOutcome, operation: request.operation, cause: "the answer has no IdPat",
                answer: .unreadable)
        }
        return id
    }

    func specialities(clinic: Int, patient: String) async throws -> [Speciality] {
        try await self.list(
            self.request("GetSpesialityList", clinic: clinic, patient: patient), N3Answers.specialities)
    }

    func doctors(speciality: String, clinic: Int, patient: String) async throws -> [Doctor] {
        try await self.list(
            self.doctorsRequest(speciality: speciality, clinic: clinic, patient: patient), N3Answers.doctors)
    }

    func availableDates(doctor: String, clinic: Int, patient: String, from: Date, to: Date) async throws -> [String] {
        N3Answers.availableDates(
            try await self.ask(
                self.scheduleRequest(
                    "GetAvailableDates", doctor: doctor, clinic: clinic, patient: patient, from: from, to: to)))
    }

    func slots(doctor: String, clinic: Int, patient: String, from: Date, to: Date) async throws -> [Slot] {
        try await self.list(
            self.scheduleRequest(
                "GetAvaibleAppointments", doctor: doctor, clinic: clinic, patient: patient, from: from, to: to)
        ) { N3Answers.slots($0, self.time) }
    }

    func book(slot: String, clinic: Int, patient: String, replacing: String?) async throws {
        _ = try await self.change(
            self.bookRequest(slot: slot, clinic: clinic, patient: patient, replacing: replacing))
    }

    func bookings(clinic: Int, patient: String) async throws -> [MISBooking] {
        try await self.list(self.request("GetPatientHistory", clinic: clinic, patient: patient)) {
            N3Answers.bookings($0, self.time)
        }
    }

    func cancel(booking: String, clinic: Int, patient: String) async throws {
        _ = try await self.change(self.cancelRequest(booking: booking, clinic: clinic, patient: patient))
    }

    func errorList() async throws -> [MISErrorText] {
        N3Answers.errors(try await self.ask(self.errorListRequest()))
    }

    // MARK: Sending

    private func ask(_ request: N3Request) async throws -> N3Element { try await self.send(request, changes: false) }

    private func list<Item>(
        _ request: N3Request, _ read: (N3Element) -> N3Answers.Items<Item>
    ) async throws -> [Item] {
        let list = read(try await self.ask(request))
        if list.leftOut > 0 {
            Counter(label: "mis_items_left_out_total", dimensions: [("operation", request.operation)])
                .increment(by: list.leftOut)
        }
        return list.items
    }

    private func change(_ request: N3Request) async throws -> N3Element { try await self.send(request, changes: true) }

    private func send(_ request: N3Request, changes: Bool) async throws -> N3Element {
        let action = "http://tempuri.org/IHubService/\(request.operation)"
        var outbound = OutboundRequest(
            method: "POST", url: self.configuration.url, headers: self.configuration.headers,
            body: .text(request.envelope(self.configuration.soap)),
            connectTimeout: self.configuration.connectTimeout, deadline: self.configuration.deadline)
        switch self.configuration.soap {
        case .v11:
            outbound.headers += [("Content-Type", "text/xml; charset=utf-8"), ("SOAPAction", "\"\(action)\"")]
        case .v12:
            outbound.headers += [("Content-Type", "application/soap+xml; charset=utf-8; action=\"\(action)\"")]
        }
        outbound.tls = self.configuration.tls
        // A change must never be sent twice by the transport itself.
        outbound.mayReuseConnection = !changes
        let response: OutboundResponse
        do {
            response = try await self.http.execute(outbound)
        } catch let error as OutboundHTTPError {
            throw MISError(
                kind: changes && error.wasSent ? .unknownOutcome : .unavailable, operation: request.operation,
                cause: error.description)
        }
        return try N3Answers.result(
            of: request.operation, status: response.status, body: response.body, changes: changes)
    }
}
