import Contracts
import Foundation
import Messaging
import NIOConcurrencyHelpers
import Testing
import Vocabulary

@testable import OperatorDesk

/// Who sees which number (R-708, P-02).
@Suite struct LineBoardTests {
    private static func call(_ caller: String, of operatorID: String?, to receiver: String? = nil) throws -> CallView {
        var call = CallView(
            callID: UUID(), caller: .known(try PhoneNumber(parsing: caller)), state: .talking, operatorID: operatorID,
            receivedAt: Date(), answeredAt: nil, callbackID: nil)
        call.originalCallID = UUID()
        call.transfer = receiver.map { .init(title: "", toOperatorID: $0, state: .ringing) }
        return call
    }

    private static func person(_ id: String, lines: [CallView] = [], second: CallView? = nil) -> OperatorView {
        OperatorView(
            operatorID: id, displayName: "", telephone: "", state: .talking, since: Date(), callID: nil, lines: lines,
            secondLine: second)
    }

    private static let numbers = ["+79990000001", "+79990000002", "+79990000003", "+79990000004"]

    private static func line() throws -> GetLine.Answer {
        let own = try Self.call(Self.numbers[0], of: "operator1")
        let other = try Self.call(Self.numbers[1], of: "operator2", to: "level2")
        let waiting = try Self.call(Self.numbers[2], of: nil)
        let second = try Self.call(Self.numbers[3], of: nil)
        return GetLine.Answer(
            calls: [own, other, waiting, second],
            operators: [
                Self.person("operator1", lines: [own], second: second), Self.person("operator2", lines: [other]),
                Self.person("operator3"),
            ])
    }

    private static func account(_ id: String, _ role: Account.Role = .operator) -> Account {
        Account(id: id, displayName: "", role: role, telephone: nil, organizationID: nil)
    }

    @Test(
        "R-708 The line shows an operator the numbers of own calls, and all of them to who is in charge",
        arguments: [
            ("operator1", .operator, [0, 3]), ("operator2", .operator, [1]), ("level2", .operator, [1]),
            ("operator3", .operator, []), ("admin", .administrator, [0, 1, 2, 3]),
            ("senior", .supervisor, [0, 1, 2, 3]),
        ] as [(String, Account.Role, [Int])])
    func numbers(id: String, role: Account.Role, seen: [Int]) async throws {
        let line = try Self.line()
        let board = LineBoard { line }
        let json = try await board.json(for: Self.account(id, role))
        let text = String(decoding: json, as: UTF8.self)
        for (index, number) in Self.numbers.enumerated() { #expect(text.contains(number) == seen.contains(index)) }
        // The line itself is whole.
        let answer = try MessageCoding.decoder.decode(GetLine.Answer.self, from: json)
        #expect(answer.calls.map(\.callID) == line.calls.map(\.callID) && answer.operators.count == 3)
        #expect(answer.calls.map { $0.originalCallID != nil } == (0..<4).map { seen.contains($0) })
    }

    @Test("R-708 A call is told whole to whose it is and who is in charge, without its number to the other operators")
    func events() throws {
        let received = CallReceived(
            callID: UUID(), caller: .known(try PhoneNumber(parsing: Self.numbers[0])), line: "122", receivedAt: Date())
        let told = try DeskEvents.telling(LiveCall(received)).map { try $0.event() }
        #expect(told.map(\.audience) == [.own, .operators])
        #expect(told[0].data.contains(Self.numbers[0]) && !told[1].data.contains("caller"))
        #expect(told[1].data.contains(received.callID.uuidString))
    }

    @Test("D-302 Who asks while an answer is under way gets the next one, together with all who asked meanwhile")
    func shared() async throws {
        let (asked, question) = AsyncStream.makeStream(of: CheckedContinuation<Void, Never>.self)
        let count = NIOLockedValueBox(0)
        let board = LineBoard {
            await withCheckedContinuation { question.yield($0) }
            let number = count.withLockedValue { count in
                count += 1
                return count
            }
            return GetLine.Answer(calls: [], operators: [Self.person("answer \(number)")])
        }
        var questions = asked.makeAsyncIterator()
        let first = Task { try await board.json(for: Self.account("admin", .administrator)) }
        let going = try #require(await questions.next())
        // All of these ask after the first question was put.
        let later = (0..<100).map { _ in
            Task { try await board.json(for: Self.account("admin", .administrator)) }
        }
        while await board.waiting < 1 + later.count { await Task.yield() }
        going.resume()
        try #require(await questions.next()).resume()
        func text(_ task: Task<Data, any Error>) async throws -> String {
            String(decoding: try await task.value, as: UTF8.self)
        }
        #expect(try await text(first).contains("answer 1"))
        for task in later { #expect(try await text(task).contains("answer 2")) }
        #expect(count.withLockedValue { $0 } == 2)
        // And whoever comes afterwards asks anew.
        let last = Task { try await board.json(for: Self.account("admin", .administrator)) }
        try #require(await questions.next()).resume()
        #expect(try await text(last).contains("answer 3"))
    }
}
