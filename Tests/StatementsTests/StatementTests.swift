import Foundation
import Testing

@testable import Statements

@Suite struct StatementTests {
    private let pair = StatementKeys.make(keyID: "desk-1")
    private let now = Date(timeIntervalSince1970: 1_795_230_000)

    private func sign(_ privateKey: String, path: String = "/v1/recordings/1?x=2", body: [UInt8] = []) throws -> String
    {
        try StatementSigner(privateKey: privateKey).sign(
            actor: "operator1", organization: nil, role: "operator", method: "GET", path: path, body: body,
            now: self.now)
    }

    private func refusal(
        _ header: String?, keys: String? = nil, method: String = "GET", path: String = "/v1/recordings/1?x=2",
        body: [UInt8] = [], after seconds: TimeInterval = 0
    ) throws -> StatementError? {
        let verifier = try StatementVerifier(publicKeys: keys ?? self.pair.publicKey)
        do {
            _ = try verifier.verify(
                header, method: method, path: path, body: body, now: self.now.addingTimeInterval(seconds))
            return nil
        } catch {
            return error
        }
    }

    @Test("T-04 A statement says who acts, and is believed for the request it was signed for")
    func believed() throws {
        let header = try self.sign(self.pair.privateKey)
        let statement = try StatementVerifier(publicKeys: self.pair.publicKey).verify(
            header, method: "GET", path: "/v1/recordings/1?x=2", now: self.now)
        #expect(statement.actor == "operator1" && statement.role == "operator" && statement.organization == nil)
        #expect(statement.issuedAt == self.now && statement.keyID == "desk-1")
    }

    @Test("T-04 Another method, path, query or body is another request")
    func otherRequest() throws {
        let header = try self.sign(self.pair.privateKey)
        #expect(try self.refusal(header, method: "DELETE") == .otherRequest)
        #expect(try self.refusal(header, path: "/v1/recordings/2?x=2") == .otherRequest)
        #expect(try self.refusal(header, path: "/v1/recordings/1") == .otherRequest)
        #expect(try self.refusal(header, body: [1]) == .otherRequest)
    }

    @Test("T-04 A statement holds a minute, and clocks may differ by five seconds")
    func time() throws {
        let header = try self.sign(self.pair.privateKey)
        #expect(try self.refusal(header, after: 65) == nil)
        #expect(try self.refusal(header, after: 66) == .expired)
        #expect(try self.refusal(header, after: -5) == nil)
        #expect(try self.refusal(header, after: -6) == .early)
    }

    @Test("T-04 Nothing is believed that a known key has not signed")
    func signatures() throws {
        let header = try self.sign(self.pair.privateKey)
        #expect(try self.refusal(nil) == .missing)
        #expect(try self.refusal("") == .missing)
        #expect(try self.refusal("x") == .malformed)
        #expect(try self.refusal(header + ".x") == .malformed)
        #expect(try self.refusal(header + String(repeating: "A", count: 5000)) == .malformed)
        // The same name, another key.
        #expect(try self.refusal(header, keys: StatementKeys.make(keyID: "desk-1").publicKey) == .badSignature)
        #expect(try self.refusal(header, keys: StatementKeys.make(keyID: "desk-2").publicKey) == .unknownKey)
        let parts = header.split(separator: ".")
        var other = try #require(StatementWire.bytes(base64URL: parts[0]).flatMap(StatementWire.decode))
        other.role = "administrator"
        let forged = StatementWire.base64URL(try StatementWire.encode(other))
        #expect(try self.refusal("\(forged).\(parts[1])") == .badSignature)
    }

    @Test("T-04 Keys are changed without an interruption: the first signs, all are believed")
    func rotation() throws {
        let next = StatementKeys.make(keyID: "desk-2")
        let header = try self.sign("\(next.privateKey)\n\(self.pair.privateKey)\n")
        let keys = "# of the desk\n\(self.pair.publicKey)\n\n\(next.publicKey)\n"
        #expect(try self.refusal(header, keys: keys) == nil)
        #expect(try self.refusal(try self.sign(self.pair.privateKey), keys: keys) == nil)
    }

    @Test("T-04 Keys are the raw ones of RFC 8032, as ops/images/make-secrets takes them out of OpenSSL's")
    func rawKeys() throws {
        // RFC 8032, 7.1, TEST 1.
        let header = try self.sign("rfc nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
        let keys = "rfc 11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
        #expect(try self.refusal(header, keys: keys) == nil)
    }

    @Test(
        "T-04 A key file that cannot be used is refused",
        arguments: ["", "desk", "desk AAAA", "desk 1 2", "де ск", "a/b AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="])
    func badKeys(_ text: String) {
        #expect(throws: StatementKeyError.self) { try StatementKeys.parse(text) }
    }
}
