/// How long sounds last, by media URI (`sound:line122/greeting`); seconds.
struct SoundPlan: Sendable {
    var standard = 1.0
    var seconds: [String: Double] = [:]

    func duration(of media: String) -> Double { self.seconds[media] ?? self.standard }

    /// `{"default": 0.2, "sound:line122/greeting": 4.0, "sound:x": null}`: null forgets a sound; false, and nothing
    /// changed, if a time is not within 0…3600 s.
    mutating func adopt(_ json: JSONValue) -> Bool {
        var plan = self
        for entry in json.members ?? [] where entry.key != "exchange" {
            if entry.value == .null, entry.key != "default" {
                plan.seconds[entry.key] = nil
                continue
            }
            guard let seconds = entry.value.double, (0...3600).contains(seconds) else { return false }
            if entry.key == "default" { plan.standard = seconds } else { plan.seconds[entry.key] = seconds }
        }
        self = plan
        return true
    }

    var json: JSONValue {
        .object(
            [.init(key: "default", value: .double(self.standard))]
                + self.seconds.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .double($0.value)) })
    }
}
