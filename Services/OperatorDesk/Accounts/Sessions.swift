import Crypto
import Foundation
import Logging
import NIOConcurrencyHelpers
import PasswordHashing
import Postgres
import ServiceLifecycle

/// Signs people in and knows who a request comes from.
///
/// A browser holds a random token; the database holds its digest. What was looked up is remembered for a few seconds.
/// Whatever ends a session or changes an account is told by the database (migration 0003): what is remembered is
/// forgotten and the live streams end, at once and in every replica. A session that ends by the clock ends its streams
/// within `sweep`.
final class Sessions: Service {
    private static let memory: TimeInterval = 5
    /// How often sessions with live streams are looked at.
    private static let sweep: Duration = .seconds(5)

    private struct Known {
        var accounts: [Data: (account: Account, until: Date)] = [:]
        /// Counts what ended: what was read before that may be over.
        var ends = 0
    }

    private let store: AccountStore
    private let hub: LiveHub
    private let logger: Logger
    private let known = NIOLockedValueBox(Known())

    init(store: AccountStore, hub: LiveHub, logger: Logger) {
        self.store = store
        self.hub = hub
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask {
                    for await notification in self.store.database.notifications(on: [AccountStore.sessionChannel]) {
                        await self.hear(notification)
                    }
                }
                group.addTask {
                    while (try? await Task.sleep(for: Self.sweep)) != nil { await self.endStreamsOfEnded() }
                }
                await group.waitForAll()
            }
        }
    }

    private func hear(_ notification: PostgresNotification) async {
        guard case .received(_, let payload) = notification else { return await self.forgetAll() }
        let words = payload.split(separator: " ", maxSplits: 1)
        switch (words.first, words.last) {
        case ("session", let hex?):
            guard let digest = Data(hexadecimal: hex) else { return await self.forgetAll() }
            self.forget { session, _ in session == digest }
            self.hub.end { _, session in session == digest }
        case ("account", let id?):
            self.forget { _, account in account.id == id }
            // The page comes back and learns what the account may do now, if anything.
            self.hub.end { account, _ in account.id == id }
        default:
            // As a replica of the version before writes it: something ended.
            await self.forgetAll()
        }
    }

    private func forget(_ isOver: (Data, Account) -> Bool) {
        self.known.withLockedValue { known in
            known.ends += 1
            known.accounts = known.accounts.filter { !isOver($0.key, $0.value.account) }
        }
    }

    private func forgetAll() async {
        self.forget { _, _ in true }
        await self.endStreamsOfEnded()
    }

    /// Ends the live streams of sessions that are over by the clock, or whose end was not heard.
    private func endStreamsOfEnded() async {
        let sessions = self.hub.sessions
        guard !sessions.isEmpty else { return }
        do {
            let alive = try await self.store.alive(among: Array(sessions))
            self.hub.end { _, session in sessions.contains(session) && !alive.contains(session) }
        } catch {
            self.logger.warning("sessions could not be checked", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Signing in and out

    /// - Returns: the token for the cookie.
    /// - Throws: `DeskError` when name and password do not fit, or too many tries were made.
    func signIn(login: String, password: String, address: String) async throws -> (account: Account, token: String) {
        let login = login.lowercased()
        let name = Data(SHA256.hash(data: Data(login.utf8)))
        let before: SignInCount
        switch try await self.store.beginSignIn(name, from: address) {
        case .paused(let seconds): throw DeskError.tooManyTries(seconds: max(1, seconds))
        case .counted(let delay, let count):
            before = count
            if delay > 0 { try await Task.sleep(for: .seconds(delay)) }
        }
        let found: (account: Account, hash: String)?
        let fits: Bool
        do {
            found = try await self.store.credentials(login)
            // An unknown name takes as long as a known one.
            fits = try await Self.fits(password, hash: found?.hash)
        } catch {
            // Whoever goes away before the answer has used the try all the same.
            if !(error is CancellationError) { await self.takeBack(name, from: address, before: before) }
            throw error
        }
        guard let found, fits else { throw DeskError.wrongPassword }
        try await self.store.noteSuccess(name, from: address)
        let token = Self.newToken()
        try await self.store.openSession(Self.digest(token), account: found.account.id)
        return (found.account, token)
    }

    private func takeBack(_ name: Data, from address: String, before: SignInCount) async {
        do {
            try await self.store.takeBack(name, from: address, before: before)
        } catch {
            self.logger.warning("a try to sign in stays counted", metadata: ["error": "\(error)"])
        }
    }

    private static func fits(_ password: String, hash: String?) async throws -> Bool {
        do {
            return try await PasswordHash.verify(password, against: hash)
        } catch let error as PasswordHashError {
            switch error.kind {
            // Refused by length before it costs anything.
            case .passwordTooLong: return false
            case .overloaded: throw DeskError.tooManyAtOnce
            default: throw error
            }
        }
    }

    func signOut(token: String) async throws {
        let digest = Self.digest(token)
        try await self.store.closeSession(digest)
        self.forget { session, _ in session == digest }
        self.hub.end { _, session in session == digest }
    }

    // MARK: Who asks

    func account(token: String) async throws -> Account? {
        let digest = Self.digest(token)
        let now = Date()
        let (known, ends) = self.known.withLockedValue { ($0.accounts[digest], $0.ends) }
        if let known, known.until > now { return known.account }
        let account = try await self.store.account(session: digest)
        self.known.withLockedValue { known in
            // What ended while we asked may be this one.
            guard known.ends == ends else { return }
            if known.accounts.count > 10_000 { known.accounts = known.accounts.filter { $0.value.until > now } }
            known.accounts[digest] = account.map { ($0, now.addingTimeInterval(Self.memory)) }
        }
        return account
    }

    /// The live stream of a session. Opened first and checked after, so that no end can fall between the two.
    /// - Throws: `DeskError`.
    func listen(token: String) async throws -> LiveHub.Stream {
        guard let account = try await self.account(token: token) else { throw DeskError.notSignedIn }
        let digest = Self.digest(token)
        let stream = try self.hub.listen(as: account, session: digest)
        guard try await self.store.alive(among: [digest]).contains(digest) else { throw DeskError.notSignedIn }
        return stream
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

extension Data {
    /// The bytes that pairs of hexadecimal digits stand for; nil for anything else.
    fileprivate init?(hexadecimal text: some StringProtocol) {
        guard text.utf8.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        var rest = text[...]
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        self.init(bytes)
    }
}
