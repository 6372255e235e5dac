import Contracts
import Foundation
import Vocabulary

/// What the voice says, by the names of the prompts (`line122 prompts`).
struct VoiceScripts: Sendable {
    let zone: RegionTimeZone

    /// «По вашему обращению приняты меры.» 1: understood, 0: an operator (C-05).
    var appealOutcome: VoiceScript {
        VoiceScript(
            questions: [
                VoiceScript.Question(
                    "outcome", ["outcome", "outcome-keys"], keys: ["1": .end, "0": .toOperator], repeats: 2)
            ], farewell: ["goodbye"])
    }

    /// «Вы записаны к врачу.» 1: will come, 2: cancel; with a card 0: an operator, who goes on with it.
    func reminder(of visit: Visit, hasCard: Bool) -> VoiceScript {
        VoiceScript(
            questions: [
                VoiceScript.Question(
                    "visit",
                    ["reminder"] + self.moment(visit.startsAt) + ["reminder-keys"] + (hasCard ? ["operator-key"] : []),
                    keys: hasCard ? ["1": .end, "2": .end, "0": .toOperator] : ["1": .end, "2": .end])
            ], farewell: ["goodbye"])
    }

    /// «Освободилось время у врача.» 1: takes it, 2: does not.
    func offer(of visit: Visit) -> VoiceScript {
        VoiceScript(
            questions: [
                VoiceScript.Question(
                    "offer", ["slot-offer"] + self.moment(visit.startsAt) + ["slot-offer-keys"],
                    keys: ["1": .end, "2": .end])
            ], farewell: ["goodbye"])
    }

    /// «двадцать первого ноября, в четырнадцать часов тридцать минут» by the region's clock.
    private func moment(_ moment: Date) -> [String] {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = self.zone.timeZone
        let parts = calendar.dateComponents([.day, .month, .hour, .minute], from: moment)
        return ["day-\(parts.day ?? 1)", "month-\(parts.month ?? 1)", "hour-\(parts.hour ?? 0)"]
            + (parts.minute == 0 ? [] : ["minute-\(parts.minute ?? 0)"])
    }
}
