import Foundation

/// ARI on HTTP: authentication, REST below `/ari`, event sockets at `/ari/events`.
struct ARIServer: HTTPResponder, SocketAcceptor {
    let host: ExchangeHost
    let username: String
    let password: String

    // MARK: REST

    func reply(to call: HTTPCall) -> HTTPReply {
        let path = call.components
        guard path.first == "ari" else { return Self.page(404, "Not Found", "") }
        guard self.isAuthorized(call) else { return Self.unauthorized }
        if path.count == 2, path[1] == "events" { return self.withoutUpgrade(call) }
        var body: JSONValue?
        if !call.body.isEmpty, call.header("content-type")?.hasPrefix("application/json") == true {
            guard let parsed = try? JSONParser.parse(call.body) else {
                return .json(400, ["message": "Invalid JSON"])
            }
            body = parsed
        }
        guard ["GET", "POST", "PUT", "DELETE"].contains(call.method) else {
            return .json(405, ["message": "Invalid method"])
        }
        let command = ExchangeCommand(
            method: call.method, path: Array(path.dropFirst()), query: call.query, body: body)
        let outcome = self.host.perform { exchange in
            // Before the command changes what it asks about.
            let holdUp = exchange.holdUp(of: command)
            return exchange.isDown ? nil : (exchange.handle(command), max(holdUp, exchange.answerDelay()))
        }
        // A machine that is away answers nothing.
        guard let (answer, delay) = outcome else { return HTTPReply(status: 503, isLost: true) }
        var reply = Self.reply(answer)
        reply.delay = delay
        return reply
    }

    private static func reply(_ answer: ExchangeAnswer) -> HTTPReply {
        var reply = answer.body.map { HTTPReply.json(answer.status, $0) } ?? HTTPReply(status: answer.status)
        reply.reason = answer.reason
        if let sound = answer.sound {
            reply.contentType = "audio/wav"
            reply.body = sound.wav
        }
        return reply
    }

    /// Basic credentials or `api_key=user:password`.
    private func isAuthorized(_ call: HTTPCall) -> Bool {
        let expected = "\(self.username):\(self.password)"
        if let key = call.query["api_key"] { return key == expected }
        guard let header = call.header("authorization"), header.lowercased().hasPrefix("basic "),
            let data = Data(base64Encoded: header.dropFirst(6).trimmingCharacters(in: .whitespaces))
        else { return false }
        return data == Data(expected.utf8)
    }

    private static var unauthorized: HTTPReply {
        var reply = HTTPReply.json(401, ["message": "Authentication required"])
        reply.headers = [("WWW-Authenticate", "Basic realm=\"Asterisk REST Interface\"")]
        return reply
    }

    private func withoutUpgrade(_ call: HTTPCall) -> HTTPReply {
        guard Self.isUpgrade(call) else { return Self.page(426, "Upgrade Required", "") }
        guard self.applications(call).isEmpty else { return Self.page(503, "Service Unavailable", "") }
        return Self.page(400, "Bad Request", "HTTP request is missing param: [app]")
    }

    private static func isUpgrade(_ call: HTTPCall) -> Bool {
        call.header("upgrade")?.lowercased() == "websocket"
    }

    private static func page(_ status: Int, _ title: String, _ text: String) -> HTTPReply {
        let html =
            "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\r\n<html><head>\r\n<title>\(status) \(title)</title>"
            + "\r\n</head><body>\r\n<h1>\(title)</h1>\r\n<p>\(text)</p>\r\n<hr />\r\n<address>Asterisk</address>\r\n"
            + "</body></html>\r\n"
        return HTTPReply(status: status, contentType: "text/html", body: Array(html.utf8))
    }

    // MARK: Sockets

    private func applications(_ call: HTTPCall) -> [String] {
        (call.query["app"] ?? "").split(separator: ",").map(String.init)
    }

    func accepts(_ call: HTTPCall) -> Bool {
        call.components == ["ari", "events"] && self.isAuthorized(call) && !self.applications(call).isEmpty
            && !self.host.refusesSockets
    }

    func opened(_ socket: EventSocket, by call: HTTPCall) {
        let all = ["true", "yes", "1"].contains(call.query["subscribeAll"] ?? "")
        self.host.opened(socket, applications: self.applications(call), subscribeAll: all)
    }

    /// REST over the socket: `RESTRequest` in, `RESTResponse` with the body as a JSON string out.
    func received(_ text: [UInt8], from socket: EventSocket) {
        guard let request = try? JSONParser.parse(text), request["type"] == "RESTRequest",
            let method = request["method"]?.string, let uri = request["uri"]?.string
        else { return }
        let call = HTTPCall(method: method, uri: "/" + uri, headers: [], body: [])
        let body = request["message_body"]?.string.flatMap { try? JSONParser.parse(Array($0.utf8)) }
        var query = call.query
        for pair in request["query_strings"]?.array ?? [] {
            guard let name = pair["name"]?.string, let value = pair["value"]?.string else { continue }
            query[name] = value
        }
        let path = call.components
        let command = ExchangeCommand(
            method: method, path: path.first == "ari" ? Array(path.dropFirst()) : path, query: query, body: body)
        let answer = self.host.perform { $0.handle(command) }
        var response: JSONValue = [
            "type": "RESTResponse", "transaction_id": request["transaction_id"] ?? "",
            "request_id": request["request_id"] ?? "", "status_code": .int(answer.status),
            "reason_phrase": .string(
                answer.reason ?? (answer.status == 204 ? "No Content" : answer.status < 300 ? "OK" : "Error")),
            "uri": .string(uri),
        ]
        if let body = answer.body {
            response["content_type"] = "application/json"
            response["message_body"] = .string(String(decoding: body.bytes, as: UTF8.self))
        }
        socket.send(response.bytes)
    }

    func closed(_ socket: EventSocket) { self.host.closed(socket) }
}
