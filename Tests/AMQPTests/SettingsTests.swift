import AMQP
import Testing

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
        _ = try AMQPSettings(
            url: "amqp://a:b@one:5672/x, amqps://two/x?cacertfile=/c&certfile=/a&keyfile=/b&auth=external")
    }
}
