import Contracts
import Messaging
import Postgres

/// What booking hears: citizens answer reminders. Silence changes nothing.
enum BookingEvents {
    static let handlers: [EventHandler] = [
        .each(CallbackAnswered.self) { answers, transaction in
            try answers.forEach {
                try $0.$kind.known()
                try $0.$choice.known()
            }
            let reminders = answers.filter { $0.kind == .appointmentReminder }
            try await BookingStore.confirm(
                reminders.filter { $0.choice == .willCome }.compactMap { answer in
                    answer.bookingID.map { ($0, answer.answeredAt) }
                }, in: transaction)
            try await BookingStore.cancel(
                byCitizens: reminders.filter { $0.choice == .cancels }.compactMap(\.bookingID), in: transaction)
        }
    ]
}
