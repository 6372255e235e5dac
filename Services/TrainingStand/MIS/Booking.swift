/// One booking. Its id is another one than the slot's.
struct Booking: Sendable {
    let id: String
    let patient: String
    let clinic: Int
    let doctor: Int
    let slot: Int
    /// Local moment, `yyyy-MM-ddTHH:mm:ss`.
    let createdAt: String
}
