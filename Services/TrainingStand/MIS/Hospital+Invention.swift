/// Invented names and places: plausible, and nobody's.
extension Hospital {
    static let standardSpecialities = [
        Speciality(id: "22", federalID: "109", name: "Терапия", isNarrow: false),
        Speciality(id: "23", federalID: "71", name: "Педиатрия", isNarrow: false),
        Speciality(id: "24", federalID: "15", name: "Общая врачебная практика", isNarrow: false),
        Speciality(id: "25", federalID: "122", name: "Хирургия", isNarrow: true),
        Speciality(id: "26", federalID: "90", name: "Офтальмология", isNarrow: true),
        Speciality(id: "27", federalID: "83", name: "Неврология", isNarrow: true),
        Speciality(id: "28", federalID: "27", name: "Кардиология", isNarrow: true),
        Speciality(id: "29", federalID: "83", name: "Оториноларингология", isNarrow: true),
    ]

    private static let surnames = [
        "Тестов", "Пробный", "Учебный", "Примеров", "Образцов", "Стендов", "Опытов", "Заглушкин", "Наглядный",
        "Показов", "Вымышлов", "Никтов", "Сидоренков", "Талонов", "Регистратурин", "Полисов", "Карточкин",
    ]
    private static let men = ["Иван", "Пётр", "Сергей", "Алексей", "Михаил", "Олег", "Артём", "Фёдор", "Николай"]
    private static let patronymics = ["Иванович", "Петрович", "Сергеевич", "Олегович", "Фёдорович", "Семёнович"]
    private static let doctorSurnames = [
        "Врачов", "Лекарев", "Приёмов", "Пилюлин", "Градусов", "Айболитов", "Здравов", "Кабинетов", "Халатов",
    ]

    static func doctorName(_ chance: inout Chance) -> String {
        "\(chance.pick(self.doctorSurnames)) \(chance.pick(self.men)) \(chance.pick(self.patronymics))"
    }

    static func clinic(_ index: Int) -> Clinic {
        let name = index % 3 == 2 ? "Детская поликлиника № \(index + 1)" : "Поликлиника № \(index + 1)"
        return Clinic(
            id: 17 + index, district: 1 + index % 3, shortName: name.replacing("№ ", with: ""),
            fullName: "ГБУЗ «\(name)»", address: "г. Учебный, ул. Примерная, д. \(index * 4 + 2)")
    }

    static func invented(_ clinic: Int, _ chance: inout Chance) -> Patient {
        let year = Int.random(in: 1935...2023, using: &chance)
        let month = CivilTime.pad(Int.random(in: 1...12, using: &chance), 2)
        let day = CivilTime.pad(Int.random(in: 1...28, using: &chance), 2)
        let digits = chance.digits(9)
        return Patient(
            id: "", clinic: clinic, surname: chance.pick(self.surnames), name: chance.pick(self.men),
            secondName: chance.pick(self.patronymics), birthday: "\(year)-\(month)-\(day)",
            snils: Self.snils(digits), policyNumber: "77\(chance.digits(14))", cellPhone: "+79\(chance.digits(9))",
            homePhone: "")
    }

    /// `NNN-NNN-NNN NN`, the check number by the rule of the Pension Fund: the weighted sum modulo 101.
    static func snils(_ digits: String) -> String {
        let numbers = digits.compactMap(\.wholeNumberValue)
        let sum = numbers.enumerated().reduce(0) { $0 + $1.element * (9 - $1.offset) }
        let check = sum % 101 == 100 ? 0 : sum % 101
        let groups = [0..<3, 3..<6, 6..<9].map { numbers[$0].map(String.init).joined() }
        return groups.joined(separator: "-") + " " + CivilTime.pad(check, 2)
    }
}
