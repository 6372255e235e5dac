import Contracts
import Foundation
import Messaging
import Testing

@testable import Booking

@Suite struct MISAdviceTests {
    private static let meanings: [MISError.Meaning] = [
        .configuration, .accessDenied, .incompleteData, .patientNotFound, .patientNotUnique, .patientMismatch,
        .doctorMismatch, .ageMismatch, .alreadyBooked, .notAttached, .slotInvalid, .slotTaken, .areasUnknown,
        .bookingUnknownOrCancelled, .unforeseen, .unlisted,
    ]

    @Test("B-01 Every meaning of a refusal has an advice in Russian", arguments: Self.meanings)
    func advice(meaning: MISError.Meaning) {
        let text = MISAdvice.text(for: meaning)
        #expect(text.hasSuffix(".") && text.contains { ("а"..."я").contains($0) })
        let refusal = MISAdvice.refusal(
            for: MISError(
                kind: .refused(code: 1, text: "Пациент Петрова", meaning: meaning), operation: "SetAppointment",
                cause: "test"))
        #expect(!refusal.errorID.isEmpty && !refusal.message.isEmpty)
        // The МИС may write names into its text.
        #expect(!refusal.message.contains("Петрова"))
    }

    @Test(
        "B-03 A question that got no answer may be asked again",
        arguments: [MISError.Kind.unavailable, .unknownOutcome])
    func away(kind: MISError.Kind) {
        let refusal = MISAdvice.refusal(for: MISError(kind: kind, operation: "GetDoctorList", cause: "test"))
        #expect(refusal.errorID == "mis-away" && !refusal.message.isEmpty)
        #expect(!MISAdvice.away.message.isEmpty && !MISAdvice.notBooked.advice.isEmpty)
    }

    @Test(
        "F-503 A МИС that answers what nobody understands is not said to be silent",
        arguments: [
            MISError(kind: .malformed("IdPat"), operation: "GetDoctorList", cause: "no IdPat", answer: .unreadable),
            MISError(kind: .unknownOutcome, operation: "AddNewPatient", cause: "no XML", answer: .unreadable),
        ])
    func unclear(error: MISError) {
        let refusal = MISAdvice.refusal(for: error)
        #expect(refusal.errorID == "mis-unclear" && refusal.message.contains("ответила непонятно"))
    }

    @Test("B-03 Readings come after growing pauses, and only enough of them say that nothing was booked")
    func readings() {
        #expect(BookingRules.readings == BookingRules.readings.sorted())
        for count in 0..<(BookingRules.readings.count - 1) {
            #expect(
                BookingRules.unknownBooking(.absent, absentReadings: count, age: 1)
                    == .readAgain(after: BookingRules.readings[count + 1], absentReadings: count + 1))
        }
        let last = BookingRules.readings.count - 1
        #expect(BookingRules.unknownBooking(.absent, absentReadings: last, age: 1) == .notBooked)
        // What could not be read counts for nothing.
        #expect(
            BookingRules.unknownBooking(.unreadable, absentReadings: last, age: 20)
                == .readAgain(after: 10, absentReadings: last))
        #expect(BookingRules.unknownBooking(.unreadable, absentReadings: 0, age: 601) == .manual)
        #expect(
            BookingRules.unknownBooking(.present(misBookingID: "7"), absentReadings: last, age: 601)
                == .booked(misBookingID: "7"))
    }
}
