import Foundation
import NIOConcurrencyHelpers

/// `HubService.svc` on HTTP: SOAP in, SOAP out, and the faults that are set.
final class HubServer: HTTPResponder {
    private struct State: Sendable {
        var hospital: Hospital
        var faults = HubFaults()
        var chance: Chance
    }

    private let state: NIOLockedValueBox<State>
    private let token: String

    init(_ hospital: Hospital, token: String, seed: UInt64) {
        self.state = NIOLockedValueBox(State(hospital: hospital, chance: Chance(seed: seed &+ 31)))
        self.token = token
    }

    func reply(to call: HTTPCall) -> HTTPReply {
        guard call.components.contains("HubService.svc") else { return HTTPReply(status: 404) }
        guard call.method == "POST" else { return HTTPReply(status: 405) }
        guard let operation = SOAPReader.operation(call.body) else {
            return Self.xml(400, SOAPWriter.fault("no SOAP message"))
        }
        let isSOAP12 = call.header("content-type")?.contains("application/soap+xml") == true
        return self.state.withLockedValue { state in
            var reply = self.reply(to: operation, isSOAP12: isSOAP12, &state)
            reply.delay = state.faults.delay
            return reply
        }
    }

    private func reply(to operation: SOAPElement, isSOAP12: Bool, _ state: inout State) -> HTTPReply {
        state.hospital.statistics.requests += 1
        if state.chance.happens(state.faults.failShare) {
            state.hospital.statistics.failures += 1
            return Self.xml(500, SOAPWriter.fault("service is unavailable"))
        }
        if state.chance.happens(state.faults.babbleShare) {
            state.hospital.statistics.failures += 1
            return Self.xml(200, Array("<html><body>Технические работы</body></html>".utf8), isSOAP12: isSOAP12)
        }
        state.hospital.addsTwice = state.chance.happens(state.faults.addsTwice)
        if operation.name == "SetAppointment", state.chance.happens(state.faults.stealShare) {
            state.hospital.takeAway(operation.value("idAppointment"))
        }
        if state.chance.happens(state.faults.duplicateShare) {
            state.hospital.statistics.duplicated += 1
            _ = self.answer(operation, isSOAP12, &state.hospital)
        }
        guard let answer = self.answer(operation, isSOAP12, &state.hospital) else {
            return Self.xml(500, SOAPWriter.fault("operation \(operation.name) is not provided"))
        }
        var reply = Self.xml(200, Self.spoiled(answer, &state), isSOAP12: isSOAP12)
        if state.chance.happens(state.faults.loseAnswerShare) {
            state.hospital.statistics.lostAnswers += 1
            reply.isLost = true
        }
        return reply
    }

    /// The answer with the faults that its text may have.
    private static func spoiled(_ answer: [UInt8], _ state: inout State) -> [UInt8] {
        let hasNoDate = state.chance.happens(state.faults.noDateShare)
        let hasControl = state.chance.happens(state.faults.controlShare)
        guard hasNoDate || hasControl else { return answer }
        var text = String(decoding: answer, as: UTF8.self)
        if hasNoDate, let start = text.range(of: "<h:VisitStart>"),
            let end = text.range(of: "</h:VisitStart>", range: start.upperBound..<text.endIndex)
        {
            text.replaceSubrange(start.upperBound..<end.lowerBound, with: "0001-01-01T00:00:00")
        }
        if hasControl, let start = text.range(of: "<h:Name>") {
            text.insert(contentsOf: "&#x1F;", at: start.upperBound)
        }
        return Array(text.utf8)
    }

    private func answer(_ operation: SOAPElement, _ isSOAP12: Bool, _ hospital: inout Hospital) -> [UInt8]? {
        guard let known = HubOperation(rawValue: operation.name) else { return nil }
        let history = operation.value("idHistory")
        do throws(HubError) {
            guard operation.value("guid") == self.token else { throw .denied }
            let members = try known.perform(operation, &hospital, now: Date())
            return SOAPWriter.envelope(
                operation.name, isSOAP12: isSOAP12, idHistory: history,
                errors: known == .getErrorList ? HubError.allCases : [], isSuccess: true, members)
        } catch {
            hospital.statistics.refusals[String(error.rawValue), default: 0] += 1
            return SOAPWriter.envelope(
                operation.name, isSOAP12: isSOAP12, idHistory: history, errors: [error], isSuccess: false
            ) { writer in
                known.refused(&writer)
            }
        }
    }

    private static func xml(_ status: Int, _ body: [UInt8], isSOAP12: Bool = false) -> HTTPReply {
        let type = isSOAP12 ? "application/soap+xml; charset=utf-8" : "text/xml; charset=utf-8"
        return HTTPReply(status: status, contentType: type, body: body)
    }

    // MARK: Control

    var statistics: JSONValue {
        self.state.withLockedValue { state in
            let doubles = state.hospital.doubles
            return state.hospital.statistics.json(
                active: state.hospital.bookings.count, doubledSlots: doubles.slots, doubledVisits: doubles.visits)
        }
    }

    var faults: JSONValue { self.state.withLockedValue { $0.faults.json } }

    /// Sets faults; false if a value is out of its limits, then nothing is changed.
    func setFaults(_ json: JSONValue) -> Bool {
        self.state.withLockedValue { state in
            var faults = state.faults
            guard faults.adopt(json) else { return false }
            state.faults = faults
            if let seed = json["seed"]?.int { state.chance = Chance(seed: UInt64(bitPattern: Int64(seed))) }
            return true
        }
    }

    /// Active bookings: which doctor, when, for which patient id.
    var bookings: JSONValue {
        self.state.withLockedValue { state in
            let hospital = state.hospital
            return .array(
                hospital.bookings.values.sorted { $0.id < $1.id }.map { booking in
                    let doctor = hospital.doctors[booking.doctor]
                    return [
                        "id": .string(booking.id), "slot": .string(doctor.slots[booking.slot].id),
                        "doctor": .string(doctor.id), "patient": .string(booking.patient),
                        "clinic": .int(booking.clinic), "createdAt": .string(booking.createdAt),
                    ]
                })
        }
    }

    /// Some patients whom the МИС knows, for people and scripts that need one.
    func patients(clinic: Int?, limit: Int) -> JSONValue {
        self.state.withLockedValue { state in
            let known = state.hospital.patients.values.filter { clinic == nil || $0.clinic == clinic }
            return .array(
                known.sorted { ($0.id.count, $0.id) < ($1.id.count, $1.id) }.prefix(limit).map { patient in
                    [
                        "id": .string(patient.id), "clinic": .int(patient.clinic), "surname": .string(patient.surname),
                        "name": .string(patient.name), "secondName": .string(patient.secondName),
                        "birthday": .string(patient.birthday), "snils": .string(patient.snils),
                        "policyNumber": .string(patient.policyNumber), "cellPhone": .string(patient.cellPhone),
                    ]
                })
        }
    }
}
