import Contracts
import Messaging

/// Operators who sign in over the broker, as the desk does it.
enum BenchOperators {
    static func signIn(_ count: Int, by client: RequestClient) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...count {
                if number > 32 { try await group.next() }
                group.addTask {
                    _ = try await client.ask(
                        SetOperatorState(
                            operatorID: "bench-\(number)", displayName: "Оператор \(number)",
                            telephone: "\(10_000 + number)", state: .ready), deadline: .seconds(20))
                }
            }
            try await group.waitForAll()
        }
    }
}
