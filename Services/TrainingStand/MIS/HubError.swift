/// Refusals of the МИС: numbers and texts of the public implementations of the contract.
enum HubError: Int, Error, Sendable, CaseIterable {
    case denied = 1
    case incomplete = 4
    case patientNotFound = 20
    case patientNotUnique = 21
    case wrongRecord = 22
    case wrongProfile = 33
    case wrongAge = 34
    case alreadyBooked = 35
    case notAttached = 36
    case invalidSlot = 38
    case slotTaken = 39
    case noAreas = 41
    case noBooking = 75
    case other = 99

    var text: String {
        switch self {
        case .denied: "Доступ запрещен"
        case .incomplete: "Получен не полный набор данных"
        case .patientNotFound: "Пациент с заданными параметрами не найден"
        case .patientNotUnique: "Данные пациента не являются уникальными"
        case .wrongRecord: "Несоответствие записи акта гражданского состояния"
        case .wrongProfile: "Врач не соответствует профилю пациента"
        case .wrongAge: "Запись запрещена"
        case .alreadyBooked: "Пациент имеет предстоящую запись к данному врачу"
        case .notAttached: "Пациент не имеет прикрепления к данному врачебному участку"
        case .invalidSlot: "Указан недопустимый идентификатор талона"
        case .slotTaken: "Талон к врачу занят/заблокирован"
        case .noAreas: "Отсутствует информация о врачебных участках по пациенту"
        case .noBooking: "Талон с указанным номером не существует или уже отменен"
        case .other: "Непредвиденная (техническая) ошибка"
        }
    }
}
