/// Whom a caller can be handed to, with what is said aloud (T-10, X-05).
struct TransferDirectory: Encodable, Sendable {
    struct Colleague: Encodable, Sendable {
        let operatorID: String
        let displayName: String
        let department: String
        let position: String
        let skills: [String]
        let isFirstLevel: Bool

        init(_ account: Account) {
            self.operatorID = account.id
            self.displayName = account.displayName
            self.department = account.department
            self.position = account.position
            self.skills = account.skills
            self.isFirstLevel = account.isFirstLevel
        }
    }
    struct Telephone: Encodable, Sendable {
        let organizationID: String
        let name: String
        let telephone: String
    }
    struct Senior: Encodable, Sendable {
        let operatorID: String
        let displayName: String
    }
    let operators: [Colleague]
    /// Nobody is transferred to them: the names of those who may listen (J-10).
    let seniors: [Senior]
    let organizations: [Telephone]
}
