/// Who asks for a card, as the desk knows the person. The journal decides by it who sees a card (J-04).
public struct AppealAsker: Codable, Sendable, Equatable {
    public var accountID: String
    /// The administrator, or a senior of the shift.
    public var isInCharge: Bool
    /// Whose account it is; nil for the people of the centre.
    public var organizationID: String?

    public init(accountID: String, isInCharge: Bool = false, organizationID: String? = nil) {
        self.accountID = accountID
        self.isInCharge = isInCharge
        self.organizationID = organizationID
    }

    /// An operator sees the own cards and those whose call is being offered (T-10), an organization those that lie with
    /// it, who is in charge all. Responsibility that moved on takes the sight along.
    public func maySee(_ appeal: AppealView) -> Bool {
        if self.isInCharge { return true }
        if let organizationID { return appeal.forwardings.last?.organization.organizationID == organizationID }
        return appeal.operatorID == self.accountID || appeal.offeredTo?.contains(self.accountID) == true
    }
}
