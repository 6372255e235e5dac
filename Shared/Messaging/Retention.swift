/// How long messaging remembers. Each side outlives what the other may still send.
///
/// A subject that is idle is forgotten by the inboxes first, then by the outbox, whose counter begins anew. In between an
/// event says that it comes after a pause, so that an inbox that has forgotten what was before does not wait for it.
enum Retention {
    /// An event comes after a pause when so many days have passed since the one before it: less than inboxes remember.
    static let pauseDays: Int32 = 60
    /// How long an inbox remembers the position of an idle subject.
    static let positionDays: Int32 = 90
    /// How long an outbox remembers the counter of an idle subject.
    static let counterDays: Int32 = 400
}
