/// What a caller of the МИС says of a person; empty is unknown.
struct PatientQuery: Sendable {
    var surname = ""
    var name = ""
    var secondName = ""
    var birthday = ""
    var snils = ""
    var policyNumber = ""
    var cellPhone = ""
    var homePhone = ""

    var isEmpty: Bool {
        [self.surname, self.name, self.secondName, self.birthday, self.snils, self.policyNumber].allSatisfy(\.isEmpty)
    }
}
