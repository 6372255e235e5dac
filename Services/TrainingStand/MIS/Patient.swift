/// One patient of one clinic: the same person has another id elsewhere.
struct Patient: Sendable {
    let id: String
    let clinic: Int
    var surname: String
    var name: String
    var secondName: String
    /// `yyyy-MM-dd`.
    var birthday: String
    var snils: String
    var policyNumber: String
    var cellPhone: String
    var homePhone: String
}
