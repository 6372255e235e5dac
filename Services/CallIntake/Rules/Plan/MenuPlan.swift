/// A tree of prompts and keys before the queue.
struct MenuPlan: Sendable, Equatable, Decodable {
    struct Node: Sendable, Equatable {
        /// Names of sound files, said one after the other.
        var prompts: [String]
        /// Seconds that a key is waited for after the last word.
        var patience = 4.0
        var keys: [String: MenuAction] = [:]
        /// When no key came, or a wrong one twice.
        var otherwise: MenuAction
    }

    var start = "start"
    var nodes: [String: Node]

    /// Greets and lets the caller wait; the emergency key works in it as everywhere before an operator.
    static let standard = MenuPlan(
        start: "start", nodes: ["start": Node(prompts: ["greeting"], patience: 0, otherwise: .queue("main"))])

    func fault(queues: [QueuePlan]) -> String? {
        if self.nodes[self.start] == nil { return "the menu has no node \(self.start)" }
        for (name, node) in self.nodes.sorted(by: { $0.key < $1.key }) {
            if !(0...30).contains(node.patience) { return "patience of menu node \(name) must be 0 to 30 seconds" }
            if let key = node.keys.keys.first(where: { !Self.keys.contains($0) }) {
                return "\(key) in menu node \(name) is no key of a telephone"
            }
            for action in Array(node.keys.values) + [node.otherwise] {
                switch action {
                case .queue(let queue) where !queues.contains { $0.name == queue }:
                    return "menu node \(name) leads to the unknown queue \(queue)"
                case .menu(let next) where self.nodes[next] == nil:
                    return "menu node \(name) leads to the unknown node \(next)"
                case .menu where node.otherwise == action:
                    return "menu node \(name) must not lead to another node when no key comes"
                default: break
                }
            }
        }
        return nil
    }

    private static let keys: Set<String> = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]
}

extension MenuPlan.Node: Decodable {
    private enum Key: String, CodingKey { case prompts, patience, keys, otherwise }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        self.prompts = try values.decode([String].self, forKey: .prompts)
        self.patience = try values.decodeIfPresent(Double.self, forKey: .patience) ?? self.patience
        self.keys = try values.decodeIfPresent([String: MenuAction].self, forKey: .keys) ?? [:]
        self.otherwise = try values.decode(MenuAction.self, forKey: .otherwise)
    }
}
