import Vocabulary

/// The sounds that the line says, by the names of their files.
enum Prompt {
    static let offer = "offer"
    static let offerAccepted = "offer-accepted"
    static let offerRefused = "offer-refused"
    static let emergency = "emergency"
    static let transfer = "transfer"
    static let transferFailed = "transfer-failed"
    static let secretaryGreeting = "secretary-greeting"
    /// «Операторы отвечают по рабочим дням», before `hours`.
    static let officeDays = "office-days"
    static let secretaryShort = "secretary-short"
    static let secretaryDone = "secretary-done"
    /// The tone after which is recorded: the exchange's own is missing on many, and then it records nothing at all.
    static let beep = "beep"
    static let secondLine = "second-line"
    static let callbackGreeting = "callback-greeting"
    static let unavailable = "unavailable"
    static let noOperator = "no-operator"

    /// «Операторы отвечают по рабочим дням с девяти до восемнадцати часов.» Nothing when the hours are not whole: there
    /// are sounds for whole hours only, and no hours are better than wrong ones.
    static func hours(_ hours: OpeningHours?) -> [String] {
        guard let hours, hours.opens % 60 == 0, hours.closes % 60 == 0 else { return [] }
        return [Self.officeDays, "from-\(hours.opens / 60)", "till-\(hours.closes / 60)"]
    }

    /// «Вы в очереди третий. Примерное время ожидания две минуты.»
    /// - Parameters:
    ///   - place: counted from 1.
    ///   - wait: seconds; nil when nothing can be said.
    static func place(_ place: Int, wait: Double?) -> [String] {
        var names = ["position", place > 20 ? "n-more" : "n-\(max(1, place))"]
        if let wait {
            let minutes = max(1, Int((wait / 60).rounded(.up)))
            names += ["expected", minutes > 15 ? "minutes-more" : "minutes-\(minutes)"]
        }
        return names
    }
}
