import Contracts
import Foundation
import Messaging
import Vocabulary

/// A message to be written and delivered.
struct OutgoingMessage: Sendable {
    let id: UUID
    let template: String
    let channel: Channel
    let recipient: Recipient
    let parameters: [String: String]
    let appealID: UUID?
    let callID: UUID?
    let eventID: UUID

    enum Channel: String, Sendable, CaseIterable {
        case spool, smtp
    }
}

/// Which events demand which messages. Values, no I/O (N-01, N-02).
struct MessageRules: Sendable {
    /// Telephone messages go to the spool; e-mail goes by SMTP where a server is set, else to the spool as well.
    let hasSMTP: Bool
    let zone: RegionTimeZone

    func message(for event: AppealRegistered, id: UUID) -> OutgoingMessage? {
        self.telephone(
            event.phone, "appeal-registered", ["number": event.number], appealID: event.appealID,
            callID: event.callID, eventID: id)
    }

    func message(for event: AppealForwarded, id: UUID) -> OutgoingMessage? {
        guard let recipient = event.organization.email.flatMap(Recipient.init(email:)) else { return nil }
        return OutgoingMessage(
            id: MessageID.next(), template: "appeal-forwarded", channel: self.hasSMTP ? .smtp : .spool,
            recipient: recipient,
            parameters: ["number": event.number, "topic": (event.topic ?? .other).title, "comment": event.comment],
            appealID: event.appealID, callID: nil, eventID: id)
    }

    func message(for event: BookingConfirmed, id: UUID) -> OutgoingMessage? {
        self.telephone(
            event.patientPhone, "booking-confirmed", self.parameters(event.visit), appealID: event.appealID,
            callID: nil, eventID: id)
    }

    func message(for event: BookingCancelled, id: UUID) -> OutgoingMessage? {
        self.telephone(
            event.patientPhone, "booking-cancelled", self.parameters(event.visit), appealID: event.appealID,
            callID: nil, eventID: id)
    }

    func message(for event: CallbackRequested, id: UUID) -> OutgoingMessage? {
        // Who asked for it, or was promised it, knows.
        guard event.kind == nil || event.kind == .brokenCall else { return nil }
        return self.telephone(
            event.number, "callback-requested", [:], appealID: nil, callID: event.callID, eventID: id)
    }

    /// - Parameter appealNumber: of the card that the call has, when its citizen was told it.
    func message(for event: CallbackFinished, id: UUID, appealNumber: String? = nil) -> OutgoingMessage? {
        guard event.state == .exhausted, event.isToldByMessage != false else { return nil }
        if event.kind == .appointmentReminder, let visit = event.visit {
            return self.telephone(
                event.number, "visit-reminder", self.parameters(visit), appealID: event.appealID, callID: nil,
                eventID: id)
        }
        let isBroken = event.kind == nil || event.kind == .brokenCall
        return self.telephone(
            event.number, isBroken ? "callback-exhausted" : "not-reached", ["number": appealNumber ?? ""],
            appealID: nil, callID: event.callID, eventID: id)
    }

    private func telephone(
        _ number: PhoneNumber?, _ template: String, _ parameters: [String: String], appealID: UUID?, callID: UUID?,
        eventID: UUID
    ) -> OutgoingMessage? {
        guard let number else { return nil }
        return OutgoingMessage(
            id: MessageID.next(), template: template, channel: .spool, recipient: Recipient(number),
            parameters: parameters, appealID: appealID, callID: callID, eventID: eventID)
    }

    private func parameters(_ visit: Visit) -> [String: String] {
        [
            "speciality": visit.specialityName, "doctor": visit.doctorName, "clinic": visit.clinicName,
            "startsAt": Russian.dateTime(visit.startsAt, in: self.zone), "room": visit.room ?? "",
        ]
    }
}
