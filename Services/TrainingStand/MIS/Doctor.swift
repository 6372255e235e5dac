/// One doctor with the timetable of the horizon.
struct Doctor: Sendable {
    let id: String
    let clinic: Int
    let speciality: Int
    let name: String
    let room: String
    let area: String
    /// In the order of time.
    var slots: [Slot]
    /// Slots nobody has.
    var free: Int
    /// Of them those the centre may give.
    var offered: Int
}
