import Foundation

/// What a service answers about itself (`/health/live`, `/health/ready`).
struct Readiness: Sendable {
    private struct Answer: Decodable {
        struct Missing: Decodable {
            let dependency: String
            let detail: String?
        }

        let missing: [Missing]?
    }

    let isLive: Bool
    let isReady: Bool
    /// What is missing, in words for people.
    let missing: [String]

    /// Asks once.
    static func ask(_ url: String) async -> Readiness {
        guard let live = try? await LoopbackHTTP.send("GET", "\(url)/health/live", deadline: .seconds(2)),
            live.status == 200,
            let ready = try? await LoopbackHTTP.send("GET", "\(url)/health/ready", deadline: .seconds(2))
        else { return Readiness(isLive: false, isReady: false, missing: ["не отвечает"]) }
        let answer = try? JSONDecoder().decode(Answer.self, from: ready.body)
        let missing = (answer?.missing ?? []).map { missing in
            missing.detail.map { "\(missing.dependency) (\($0))" } ?? missing.dependency
        }
        return Readiness(isLive: true, isReady: ready.status == 200, missing: missing)
    }
}
