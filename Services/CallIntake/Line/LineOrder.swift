import Contracts
import Messaging

/// A request that the line carries out as an input.
protocol LineOrder: Request {
    var input: LineInput { get }
    /// Whether it was carried out in an earlier life of the line, which remembers only what lives.
    func isDone(before store: LineStore) async throws -> Bool
    static func answer(from answer: LineAnswer) throws -> Answer
}

extension LineOrder {
    func isDone(before store: LineStore) async throws -> Bool { false }
}

extension LineOrder where Answer == Done {
    static func answer(from answer: LineAnswer) throws -> Done { Done() }
}

extension SetOperatorState: LineOrder {
    var input: LineInput { .setOperator(self) }

    static func answer(from answer: LineAnswer) throws -> OperatorView {
        guard case .operatorView(let view) = answer else { throw Line.lineMoves }
        return view
    }
}

extension ControlCall: LineOrder {
    var input: LineInput { .control(self) }

    static func answer(from answer: LineAnswer) throws -> CallView {
        guard case .callView(let view) = answer else { throw Line.lineMoves }
        return view
    }
}

extension SuperviseCall: LineOrder {
    var input: LineInput { .supervise(self) }
}

extension CallCitizen: LineOrder {
    var input: LineInput { .callCitizen(self) }
    /// - Throws: `key-reused` for the id of a call that is not this one.
    func isDone(before store: LineStore) async throws -> Bool {
        guard let isThis = try await store.isKnown(self.callID, to: self.number) else { return false }
        guard isThis else { throw Self.keyReused }
        return true
    }

    static let keyReused = Refusal(
        "key-reused", "Этот ключ запроса уже использован для другого действия. Повторите действие.")
}

extension DialCitizen: LineOrder {
    var input: LineInput { .dial(self) }
    /// - Throws: `called-in` for an attempt that was given up because the citizen called first.
    func isDone(before store: LineStore) async throws -> Bool {
        switch try await store.dialState(self.attemptID) {
        case nil, .planned?: return false
        case .sending?, .finished?: return true
        case .cancelled?: throw Refusal("called-in", "Гражданин уже позвонил сам.")
        }
    }
}
