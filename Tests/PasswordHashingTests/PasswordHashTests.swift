import Dispatch
import Testing

@testable import PasswordHashing

@Suite(.timeLimit(.minutes(10))) struct PasswordHashTests {
    @Test func hashStatesTheAgreedCostAndVerifies() async throws {
        let hash = try await PasswordHash.make("верный конь 7")
        #expect(hash.hasPrefix("$argon2id$v=19$m=47104,t=1,p=1$"))
        #expect(try await PasswordHash.verify("верный конь 7", against: hash))
        #expect(try await !PasswordHash.verify("верный конь 8", against: hash))
        #expect(try await !PasswordHash.verify("", against: hash))
        #expect(!PasswordHash.needsRenewal(hash))
    }

    @Test func samePasswordGivesAnotherHashEachTime() async throws {
        let first = try await PasswordHash.make("пароль")
        let second = try await PasswordHash.make("пароль")
        #expect(first != second)
    }

    @Test func composedAndDecomposedLettersAreOnePassword() async throws {
        let hash = try await PasswordHash.make("й\u{0451}ж")
        #expect(try await PasswordHash.verify("\u{0438}\u{0306}\u{0435}\u{0308}ж", against: hash))
    }

    /// Made by the `argon2` command line tool: `echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 24 -e`.
    @Test func hashesOfOthersVerifyAndWantRenewal() async throws {
        let hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$2mzTAI85jwP6+k/mHDeH3OgNt7E86G5W"
        #expect(try await PasswordHash.verify("password", against: hash))
        #expect(try await !PasswordHash.verify("Password", against: hash))
        #expect(PasswordHash.needsRenewal(hash))
    }

    @Test func unknownNameCostsTheSameWorkAndIsRefused() async throws {
        #expect(try await !PasswordHash.verify("x", against: nil))
        let clock = ContinuousClock()
        let time = try await clock.measure { _ = try await PasswordHash.verify("x", against: nil) }
        #expect(time > .milliseconds(5))
    }

    @Test(arguments: [
        "", "plain", "$argon2i$v=19$m=47104,t=1,p=1$c29tZXNhbHQ$AAAA", "$argon2id$v=19$m=47104,t=1,p=1$c29tZXNhbHQ",
        "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObGRdescudvJCs",
        "$argon2id$v=19$m=47104,t=4000000000,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObGRdescudvJCs",
        "$argon2id$v=19$m=47104,t=1,p=1$!!$??",
    ])
    func malformedOrGreedyHashIsRefused(_ hash: String) async throws {
        let error = await #expect(throws: PasswordHashError.self) { try await PasswordHash.verify("x", against: hash) }
        #expect(error?.kind == .malformedHash)
    }

    @Test func overlongPasswordIsRefused() async throws {
        let long = String(repeating: "а", count: 513)
        let error = await #expect(throws: PasswordHashError.self) { try await PasswordHash.make(long) }
        #expect(error?.kind == .passwordTooLong)
        _ = try await PasswordHash.make(String(repeating: "а", count: 512))
    }

    @Test func floodIsRefusedInsteadOfQueuedForever() async throws {
        // One of its own: whoever logs in in other tests is not refused.
        let thread = HashingThread(places: 100)
        let gate = DispatchSemaphore(value: 0)
        let refused = await withTaskGroup(of: PasswordHashError.Kind?.self) { group in
            for _ in 0...100 {
                group.addTask {
                    await #expect(throws: PasswordHashError.self) {
                        try await thread.run { () -> Result<Void, PasswordHashError> in
                            gate.wait()
                            return .failure(PasswordHashError(.malformedHash))
                        }
                    }?.kind
                }
            }
            // The first that comes back is the one too many, for the thread stands at the gate.
            let first = await group.next()
            for _ in 0..<100 { gate.signal() }
            return await group.reduce(into: [first]) { $0.append($1) }
        }
        #expect(refused.first == .overloaded)
        #expect(refused.dropFirst().allSatisfy { $0 == .malformedHash } && refused.count == 101)
        // There is room again.
        #expect(try await thread.run { .success(true) })
    }
}
