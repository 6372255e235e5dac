/// Why an operator is not ready, and for how long that is meant to be.
struct BreakReason: Sendable, Equatable, Codable {
    var code: String
    var title: String
    /// Minutes; a longer break is shown, nothing is enforced.
    var limit: Int

    static let standard = [
        BreakReason(code: "rest", title: "Короткий перерыв", limit: 15),
        BreakReason(code: "lunch", title: "Обед", limit: 60),
        BreakReason(code: "training", title: "Обучение", limit: 60),
        BreakReason(code: "work", title: "Работа с карточками", limit: 30),
        BreakReason(code: "technical", title: "Техническая пауза", limit: 15),
    ]
}
