internal import CArgon2
internal import Foundation

/// Passwords as Argon2id hashes in PHC strings.
///
/// 46 MiB, one pass, one lane: the least that OWASP ASVS 5.0, appendix C, accepts, about 40 ms. Each computation holds
/// that memory, so they run one at a time on a thread of their own, never on the cooperative pool.
public enum PasswordHash {
    /// KiB.
    static let memory: UInt32 = 47_104
    static let passes: UInt32 = 1
    static let lanes: UInt32 = 1
    static let saltBytes = 16
    static let hashBytes = 32
    /// KiB; a stored string that asks for more is refused, since it decides about our memory.
    static let memoryLimit: UInt32 = 262_144
    static let passesLimit: UInt32 = 16

    /// UTF-8 bytes; a longer one is refused with `.passwordTooLong`.
    public static let maximumPasswordBytes = 1024
    /// Computations that run or wait; one more is refused with `.overloaded`.
    public static let maximumWaiting = 256

    private static let thread = HashingThread(places: Self.maximumWaiting)

    /// Nobody's hash, for names that do not exist; made of random bytes at first use.
    private static let decoy: Result<String, PasswordHashError> = PasswordHash.computeHash(
        of: PasswordHash.randomBytes(32))

    /// A PHC string `$argon2id$v=19$m=47104,t=1,p=1$salt$hash` with a random salt.
    /// - Throws: `PasswordHashError`.
    public static func make(_ password: String) async throws -> String {
        let bytes = try self.bytes(of: password)
        return try await self.thread.run { self.computeHash(of: bytes) }
    }

    /// Whether `password` belongs to `hash`, compared in constant time.
    ///
    /// With nil for `hash` the same work is done and the answer is no, so that the time taken does not tell whether a
    /// name exists (ASVS 6.3.8).
    /// - Throws: `PasswordHashError`, also when `hash` is no Argon2id string or asks for more memory than allowed.
    public static func verify(_ password: String, against hash: String?) async throws -> Bool {
        let bytes = try self.bytes(of: password)
        if let hash, !(PasswordHashParameters(hash)?.isAffordable ?? false) {
            throw PasswordHashError(.malformedHash)
        }
        return try await self.thread.run {
            guard let hash else {
                return self.decoy.flatMap { self.matches(bytes, $0) }.map { _ in false }
            }
            return self.matches(bytes, hash)
        }
    }

    /// Whether `hash` was made with other parameters than `make` uses now, so that the next good login should store a
    /// new one.
    public static func needsRenewal(_ hash: String) -> Bool {
        PasswordHashParameters(hash)
            != PasswordHashParameters(
                memory: self.memory, passes: self.passes, lanes: self.lanes)
    }

    // MARK: The work

    /// NFC, because the same letter (й, ё) comes composed from one keyboard and decomposed from another.
    private static func bytes(of password: String) throws(PasswordHashError) -> [UInt8] {
        let bytes = Array(password.precomposedStringWithCanonicalMapping.utf8)
        guard bytes.count <= self.maximumPasswordBytes else { throw PasswordHashError(.passwordTooLong) }
        return bytes
    }

    private static func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in generator.next() }
    }

    private static func computeHash(of password: [UInt8]) -> Result<String, PasswordHashError> {
        let salt = self.randomBytes(self.saltBytes)
        let length = argon2_encodedlen(
            self.passes, self.memory, self.lanes, UInt32(salt.count), UInt32(self.hashBytes), Argon2_id)
        var encoded = [CChar](repeating: 0, count: length)
        let code = argon2id_hash_encoded(
            self.passes, self.memory, self.lanes, password, password.count, salt, salt.count, self.hashBytes, &encoded,
            encoded.count)
        guard code == ARGON2_OK.rawValue else { return .failure(PasswordHashError(.library, argon2Code: Int(code))) }
        return .success(String(decoding: encoded.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    private static func matches(_ password: [UInt8], _ hash: String) -> Result<Bool, PasswordHashError> {
        let code = argon2id_verify(hash, password, password.count)
        switch code {
        case ARGON2_OK.rawValue: return .success(true)
        case ARGON2_VERIFY_MISMATCH.rawValue: return .success(false)
        case ARGON2_MEMORY_ALLOCATION_ERROR.rawValue:
            return .failure(PasswordHashError(.library, argon2Code: Int(code)))
        default: return .failure(PasswordHashError(.malformedHash, argon2Code: Int(code)))
        }
    }
}
