/// The key that leads to the emergency service at once, in the menu and in the queue.
struct EmergencyPlan: Sendable, Equatable, Decodable {
    var key = "3"
    /// Dialled over the trunk.
    var number = "103"
    var title = "Скорая медицинская помощь"
}
