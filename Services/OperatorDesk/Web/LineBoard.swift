import Contracts
import Foundation
import Messaging
import Vocabulary

/// The line as each account may see it: the callers' numbers of its own calls, or of all for who is in charge (P-02).
///
/// When all pages come back at once they ask for the same thing. Whoever asks while an answer is under way gets the next
/// one, together with all who asked meanwhile: no answer is older than its question, and call-intake is asked by one at a
/// time.
actor LineBoard {
    /// One answer of call-intake, and what most are told of it, written once.
    struct Snapshot: Sendable {
        let line: GetLine.Answer
        /// For who is in charge.
        let whole: Data
        /// For operators without a call.
        let withoutNumbers: Data

        init(_ line: GetLine.Answer) throws {
            self.line = line
            self.whole = try MessageCoding.encoder.encode(line)
            self.withoutNumbers = try MessageCoding.encoder.encode(line.seen(by: nil))
        }
    }

    private let ask: @Sendable () async throws -> GetLine.Answer
    private var current: Task<Snapshot, any Error>?
    private var following: Task<Snapshot, any Error>?
    /// Those who wait for an answer.
    private(set) var waiting = 0

    init(ask: @escaping @Sendable () async throws -> GetLine.Answer) {
        self.ask = ask
    }

    /// The JSON of the line for an account. Written outside of the actor: nobody waits for what is written for another.
    nonisolated func json(for account: Account) async throws -> Data {
        let snapshot = try await self.snapshot()
        if account.role.isInCharge { return snapshot.whole }
        guard snapshot.line.concerns(account.id) else { return snapshot.withoutNumbers }
        return try MessageCoding.encoder.encode(snapshot.line.seen(by: account.id))
    }

    private func snapshot() async throws -> Snapshot {
        self.waiting += 1
        defer { self.waiting -= 1 }
        if let following { return try await following.value }
        guard let current else {
            let task = self.start(after: nil)
            self.current = task
            return try await task.value
        }
        let task = self.start(after: current)
        self.following = task
        return try await task.value
    }

    /// Asks and writes, while the actor hears who else wants to know.
    private static func read(_ ask: @Sendable () async throws -> GetLine.Answer) async throws -> Snapshot {
        try Snapshot(try await ask())
    }

    private func start(after former: Task<Snapshot, any Error>?) -> Task<Snapshot, any Error> {
        Task {
            _ = await former?.result
            if former != nil { (self.current, self.following) = (self.following, nil) }
            defer { if self.following == nil { self.current = nil } }
            return try await Self.read(self.ask)
        }
    }
}

extension GetLine.Answer {
    /// The line as an operator sees it, or one without a call for nil.
    func seen(by operatorID: String?) -> GetLine.Answer {
        let own = self.calls(of: operatorID)
        return GetLine.Answer(
            calls: self.calls.map { own.contains($0.callID) ? $0 : $0.withoutNumber },
            operators: self.operators.map { person in
                guard person.operatorID != operatorID else { return person }
                var person = person
                person.lines = person.lines.map { own.contains($0.callID) ? $0 : $0.withoutNumber }
                person.secondLine = person.secondLine.map { own.contains($0.callID) ? $0 : $0.withoutNumber }
                return person
            })
    }

    /// Whether there is a call in it that is an operator's own.
    func concerns(_ operatorID: String) -> Bool { !self.calls(of: operatorID).isEmpty }

    /// The calls that an operator has, or is rung for, or is asked to take over.
    private func calls(of operatorID: String?) -> Set<UUID> {
        guard let operatorID else { return [] }
        var own = Set(
            self.calls.filter { $0.operatorID == operatorID || $0.transfer?.toOperatorID == operatorID }.map(\.callID))
        for person in self.operators where person.operatorID == operatorID {
            own.formUnion(person.lines.map(\.callID))
            for id in [person.callID, person.secondLine?.callID] { if let id { own.insert(id) } }
        }
        return own
    }
}

extension CallView {
    /// What everybody who works on the line may know of it. A call that belongs to a card without a call names the card.
    fileprivate var withoutNumber: CallView {
        var call = self
        call.caller = .hidden
        call.originalCallID = nil
        return call
    }
}
