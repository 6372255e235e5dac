extension PatientQuery {
    init(_ element: SOAPElement?) {
        self.init(
            surname: element?.value("Surname") ?? "", name: element?.value("Name") ?? "",
            secondName: element?.value("SecondName") ?? "",
            birthday: String((element?.value("Birthday") ?? "").prefix(10)),
            snils: element?.value("Snils") ?? "", policyNumber: element?.value("Polis_N") ?? "",
            cellPhone: element?.value("CellPhone") ?? "", homePhone: element?.value("HomePhone") ?? "")
    }
}
