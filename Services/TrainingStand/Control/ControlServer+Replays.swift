import Foundation

extension ControlServer {
    func replays(_ host: ExchangeHost, _ call: HTTPCall, _ body: JSONValue) -> HTTPReply {
        let path = call.components
        switch (call.method, path[1], path.count) {
        case ("POST", "replay", 2): return self.replay(host, body)
        case ("GET", "replays", 2):
            return .json(
                200, host.perform { .array($0.replays.values.sorted { $0.id < $1.id }.map(\.json)) })
        case ("GET", "replays", 3):
            guard let id = Int(path[2]), let replay = host.perform({ $0.replays[id] }) else { return Self.unknown }
            return .json(200, replay.json)
        default: return Self.unknown
        }
    }

    /// `{"trace": folder name, "speed": 1, "app": …, "number": …, "traces": folder}`.
    private func replay(_ host: ExchangeHost, _ body: JSONValue) -> HTTPReply {
        guard let name = body["trace"]?.string, !name.isEmpty, !name.contains("/"), name != ".." else {
            return Self.refusal("нужно имя записи: trace")
        }
        let folder = body["traces"]?.string.map { URL(fileURLWithPath: $0, isDirectory: true) } ?? self.traces
        guard let folder else { return Self.refusal("неизвестно, где записи: --traces или поле traces") }
        let speed = body["speed"]?.double ?? 1
        guard speed >= 0, speed <= 1000 else { return Self.refusal("speed вне 0…1000") }
        let script: ReplayScript
        do {
            script = try TraceReader.read(folder.appendingPathComponent(name, isDirectory: true))
        } catch {
            return Self.refusal("запись не читается: \(error)")
        }
        let application = body["app"]?.string ?? "call-intake"
        let id = host.perform {
            $0.start(script, application: application, speed: speed, number: body["number"]?.string)
        }
        guard let id else { return .json(409, ["error": "приложение \(application) не подключено"]) }
        return .json(201, ["id": .int(id)])
    }
}
