extension Hospital {
    func hasClinic(_ id: Int?) -> Bool { self.clinics.contains { $0.id == id } }

    /// The one patient who fits: none is 20, several are 21.
    func check(_ query: PatientQuery, clinic: Int) throws(HubError) -> Patient {
        guard !query.surname.isEmpty else { throw .incomplete }
        let found = self.matches(query, clinic: clinic)
        guard let first = found.first else { throw .patientNotFound }
        guard found.count == 1 else { throw .patientNotUnique }
        return first
    }

    /// At most ten, by the beginning of the surname.
    func search(_ query: PatientQuery, clinic: Int) throws(HubError) -> [Patient] {
        guard !query.isEmpty else { throw .incomplete }
        return Array(self.matches(query, clinic: clinic, byPrefix: true).prefix(10))
    }

    /// A person known already keeps the id.
    mutating func add(_ query: PatientQuery, clinic: Int) throws(HubError) -> String {
        guard !query.surname.isEmpty, !query.name.isEmpty, !query.birthday.isEmpty else { throw .incomplete }
        if !self.addsTwice {
            let known = self.matches(query, clinic: clinic)
            if known.count == 1 { return known[0].id }
            if known.count > 1 { throw .patientNotUnique }
        }
        let id = self.nextPatientID()
        self.addPatient(
            Patient(
                id: id, clinic: clinic, surname: query.surname, name: query.name, secondName: query.secondName,
                birthday: query.birthday, snils: query.snils, policyNumber: query.policyNumber,
                cellPhone: query.cellPhone, homePhone: query.homePhone))
        self.statistics.patientsAdded += 1
        return id
    }

    mutating func updatePhones(_ id: String, clinic: Int, home: String, cell: String) throws(HubError) {
        guard var patient = self.patients[id], patient.clinic == clinic else { throw .patientNotFound }
        if !home.isEmpty { patient.homePhone = home }
        if !cell.isEmpty { patient.cellPhone = cell }
        self.patients[id] = patient
    }

    private func matches(_ query: PatientQuery, clinic: Int, byPrefix: Bool = false) -> [Patient] {
        let ids: [String]
        if query.surname.count >= 2 {
            ids = self.register[Self.registerKey(clinic, query.surname)] ?? []
        } else {
            ids = self.patients.values.filter { $0.clinic == clinic }.map(\.id).sorted()
        }
        let surname = query.surname.lowercased()
        return ids.compactMap { self.patients[$0] }.filter { patient in
            let known = patient.surname.lowercased()
            return (byPrefix ? known.hasPrefix(surname) : known == surname)
                && Self.fits(query.name, patient.name) && Self.fits(query.birthday, patient.birthday)
                // What one side does not know says nothing.
                && (patient.secondName.isEmpty || Self.fits(query.secondName, patient.secondName))
                && (patient.snils.isEmpty || Self.fits(query.snils, patient.snils))
                && (patient.policyNumber.isEmpty || Self.fits(query.policyNumber, patient.policyNumber))
        }
    }

    private static func fits(_ wanted: String, _ known: String) -> Bool {
        wanted.isEmpty || wanted.lowercased() == known.lowercased()
    }
}
