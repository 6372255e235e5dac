import Testing

@testable import AMQP

struct SettingsTests {
    @Test(arguments: [
        "", "http://127.0.0.1/", "amqp:///x", "amqp://h/a/b", "amqp://h/?secret=1", "amqps://h/?auth=external",
        "amqps://h/?certfile=/a", "amqp://h/?cacertfile=/a",
    ])
    func anInvalidURLIsRefusedWithoutRepeatingIt(url: String) throws {
        let error = #expect(throws: AMQPError.self) { try AMQPSettings(url: url) }
        #expect(error?.kind == .invalid)
    }

    @Test func severalNodesAndCertificatesAreAccepted() throws {
        let addresses = try AMQPSettings(
            url: "amqp://a:b%40@one:5673/x, amqps://two/%2Fy?cacertfile=/c&certfile=/a&keyfile=/b&auth=external"
        ).addresses
        try #require(addresses.count == 2)
        #expect(addresses[0].host == "one" && addresses[0].port == 5673 && addresses[0].virtualHost == "x")
        #expect(addresses[0].user == "a" && addresses[0].password == "b@" && addresses[0].tls == nil)
        #expect(!addresses[0].usesCertificateAsUser)
        #expect(addresses[1].host == "two" && addresses[1].port == 5671 && addresses[1].virtualHost == "/y")
        #expect(addresses[1].tls == AMQPAddress.TLS(authorities: "/c", certificate: "/a", key: "/b"))
        #expect(addresses[1].usesCertificateAsUser)
    }

    @Test func whatAURLLeavesOutHasItsDefault() throws {
        let address = try #require(try AMQPSettings(url: "amqp://localhost").addresses.first)
        #expect(address.port == 5672 && address.virtualHost == "/" && address.user == "guest")
        #expect(try AMQPSettings(url: "amqps://localhost/").addresses.first?.port == 5671)
    }
}
