/// What is to be done with a set of events: which are handled, in which groups, which wait, which are dropped, and
/// where their subjects stand afterwards. A value, no I/O.
///
/// A group holds events of one type and is one call of its handler. Groups run one after another; within a subject
/// the order of versions is kept, across subjects it does not matter, so groups are as few as that allows.
struct BatchPlan: Sendable {
    struct Group: Sendable {
        let routingKey: String
        var events: [EventEnvelope]
    }

    private(set) var groups: [Group] = []
    private(set) var waiting: [EventEnvelope] = []
    private(set) var dropped: [EventEnvelope] = []
    /// The new positions of the subjects that moved.
    private(set) var positions: [SubjectKey: Int64] = [:]

    /// - Parameters:
    ///   - events: what has arrived and what waited, each id once.
    ///   - current: the position of every ordered subject among them.
    ///   - order: how the type of an event is ordered.
    init(
        _ events: [EventEnvelope], current: [SubjectKey: Int64], order: (EventEnvelope) -> SubjectOrder
    ) {
        /// The last group that holds an event of the subject.
        var lastGroup: [SubjectKey: Int] = [:]
        /// The last group of a type, where the next one of it goes if its subject allows.
        var groupOfType: [String: Int] = [:]

        for event in events.sorted(by: { $0.subjectVersion < $1.subjectVersion }) {
            let order = order(event)
            if order != .each {
                let position = self.positions[event.key] ?? current[event.key] ?? 0
                switch order.verdict(
                    version: event.subjectVersion, position: position, isAfterPause: event.isAfterPause)
                {
                case .drop:
                    self.dropped.append(event)
                    continue
                case .wait:
                    self.waiting.append(event)
                    continue
                case .handle:
                    self.positions[event.key] = event.subjectVersion
                }
            }
            let earliest = order == .each ? 0 : lastGroup[event.key] ?? 0
            if let index = groupOfType[event.routingKey], index >= earliest {
                self.groups[index].events.append(event)
                lastGroup[event.key] = index
            } else {
                self.groups.append(Group(routingKey: event.routingKey, events: [event]))
                groupOfType[event.routingKey] = self.groups.count - 1
                lastGroup[event.key] = self.groups.count - 1
            }
        }
    }
}
