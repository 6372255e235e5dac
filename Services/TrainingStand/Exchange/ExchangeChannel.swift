import Foundation

/// One leg as the exchange keeps it.
struct ExchangeChannel: Sendable {
    /// What the stand does with the far end of the leg.
    enum Role: Sendable {
        case caller(CallerPlan)
        case operatorTelephone
        case citizen
        /// Listens to, or speaks into, the channel of that id.
        case snoop(String)
        /// What a telephone's own transfer leaves behind in a bridge.
        case localHalf
        /// Its life is written in a recording; the value is the run.
        case replayed(Int)
    }

    /// What the far end is doing, as far as its patience goes.
    enum Situation: Sendable {
        case waiting
        /// Together with another leg in a mixing bridge.
        case talking
        /// On hold after a conversation.
        case held
    }

    let id: String
    /// Tells two lives of the same client-chosen id apart.
    let serial: Int
    var name: String
    /// `Down`, `Ring`, `Ringing` or `Up`.
    var state: String
    var protocolID: String
    var caller: Party
    var connected: Party
    var context: String
    var exten: String
    var priority: Int
    var appName: String
    var appData: String
    let creationTime: String
    let createdAt: Date
    let isOriginated: Bool
    var role: Role

    /// The application that holds the channel in Stasis now.
    var application: String?
    var bridge: String?
    /// Has been in a mixing bridge together with another leg.
    var hasTalked = false
    var situation = Situation.waiting
    var talkingSince: Date?
    /// Seconds of conversation that are left, once one has begun.
    var talkLeft: Double?
    /// The application put it on hold; music is played to it.
    var isHeld = false
    var hasMusic = false
    /// The other side's telephone took it out of the application: the conversation goes on where nobody sees it.
    var isTransferred = false
    /// Channels that snoop on this one.
    var snoops: [String] = []
    /// Set by the originate or by a command; function calls such as `PJSIP_HEADER(add,Call-Info)` included.
    var variables: [String: String] = [:]
    /// Created without being dialled: it is in Stasis while it rings, and its failure shows no final `Dial`.
    var isCreated = false
    /// Grows when the plan of the far end changes; a timer of an older one means nothing.
    var planGeneration = 0
    var dialString = ""
    var stasisArguments: [String] = []
    var targetApplication = ""
    var outcome: DialOutcome?
    /// What a citizen has still to press when spoken to; nil before anything was said.
    var keysLeft: Substring?
    /// Index of the record of an outbound dial to a citizen.
    var dialIndex: Int?
    /// Seconds an originate rings at most.
    var timeout = 30.0

    var isTalking: Bool { self.situation == .talking }

    var isCaller: Bool {
        if case .caller = self.role { true } else { false }
    }

    /// Number or extension that was dialled, or the caller's own.
    var number: String {
        self.isOriginated ? String(self.dialString.prefix { $0 != "@" }) : self.caller.number
    }

    var endpoint: String { String(self.name.prefix { $0 != "-" }) }

    var json: JSONValue {
        [
            "id": .string(self.id), "name": .string(self.name), "state": .string(self.state),
            "protocol_id": .string(self.protocolID), "caller": self.caller.json, "connected": self.connected.json,
            "accountcode": "",
            "dialplan": [
                "context": .string(self.context), "exten": .string(self.exten), "priority": .int(self.priority),
                "app_name": .string(self.appName), "app_data": .string(self.appData),
            ],
            "creationtime": .string(self.creationTime), "language": "en",
        ]
    }

    /// Takes over what a recorded event shows of the channel.
    mutating func adopt(_ json: JSONValue) {
        if let name = json["name"]?.string { self.name = name }
        if let state = json["state"]?.string { self.state = state }
        if let id = json["protocol_id"]?.string { self.protocolID = id }
        if let party = json["caller"] { self.caller = Party(party) }
        if let party = json["connected"] { self.connected = Party(party) }
        if let plan = json["dialplan"] {
            self.context = plan["context"]?.string ?? self.context
            self.exten = plan["exten"]?.string ?? self.exten
            self.priority = plan["priority"]?.int ?? self.priority
            self.appName = plan["app_name"]?.string ?? self.appName
            self.appData = plan["app_data"]?.string ?? self.appData
        }
    }
}

extension Party {
    init(_ json: JSONValue) {
        self.init(name: json["name"]?.string ?? "", number: json["number"]?.string ?? "")
    }
}
