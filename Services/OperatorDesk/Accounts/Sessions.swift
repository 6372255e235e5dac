import Crypto
import Foundation
import NIOConcurrencyHelpers
import PasswordHashing
import Postgres
import ServiceLifecycle

/// Signs people in and knows who a request comes from.
///
/// A browser holds a random token; the database holds its digest. What was looked up is remembered for a few seconds
/// and forgotten at once, in every replica, when a session ends.
final class Sessions: Service {
    private static let memory: TimeInterval = 5

    private let store: AccountStore
    private let known = NIOLockedValueBox<[Data: (account: Account, until: Date)]>([:])

    init(store: AccountStore) {
        self.store = store
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in self.store.database.notifications(on: [AccountStore.sessionChannel]) {
                self.known.withLockedValue { $0.removeAll() }
            }
        }
    }

    /// - Returns: the token for the cookie.
    /// - Throws: `DeskError` when name and password do not fit, or too many tries were made.
    func signIn(login: String, password: String, address: String) async throws -> (account: Account, token: String) {
        let keys = ["account:\(login.prefix(64).lowercased())", "address:\(address)"]
        let pause = try await self.store.pause(keys, now: Date())
        guard pause <= 0 else { throw DeskError.tooManyTries(seconds: Int(pause.rounded(.up))) }
        let found = try await self.store.credentials(login.lowercased())
        // Long passwords are refused by length before they cost anything.
        guard password.utf8.count <= 1024 else { throw DeskError.wrongPassword }
        // An unknown name takes as long as a known one.
        let fits = try await PasswordHash.verify(password, against: found?.hash)
        guard let found, fits else {
            try await self.store.noteFailure(keys)
            throw DeskError.wrongPassword
        }
        try await self.store.forgetFailures(keys)
        let token = Self.newToken()
        try await self.store.openSession(Self.digest(token), account: found.account.id)
        return (found.account, token)
    }

    func signOut(token: String) async throws {
        let digest = Self.digest(token)
        self.known.withLockedValue { $0[digest] = nil }
        try await self.store.closeSession(digest)
    }

    func account(token: String) async throws -> Account? {
        let digest = Self.digest(token)
        let now = Date()
        if let known = self.known.withLockedValue({ $0[digest] }), known.until > now { return known.account }
        let account = try await self.store.account(session: digest)
        self.known.withLockedValue { known in
            if known.count > 10_000 { known = known.filter { $0.value.until > now } }
            known[digest] = account.map { ($0, now.addingTimeInterval(Self.memory)) }
        }
        return account
    }

    private static func digest(_ token: String) -> Data { Data(SHA256.hash(data: Data(token.utf8))) }

    /// 256 random bits.
    private static func newToken() -> String {
        (0..<4).map { _ in
            let part = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - part.count) + part
        }.joined()
    }
}
