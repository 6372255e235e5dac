/// Why one event is not taken: a stable id, and a sentence for who looks after the exchange.
struct ForeignRefusal: Error, Sendable, Equatable {
    let errorID: String
    let message: String

    static let unknownCall = ForeignRefusal(
        errorID: "unknown-call", message: "О звонке ничего не известно: сначала пришлите offered или answered.")
    static let callOver = ForeignRefusal(
        errorID: "call-over", message: "Звонок с таким call уже закончен: новому звонку нужно новое имя.")
    static let cannotBeKept = ForeignRefusal(
        errorID: "cannot-be-kept", message: "Событие не удалось сохранить, повторять его не нужно.")

    static func unknownType(_ type: String) -> ForeignRefusal {
        ForeignRefusal(errorID: "unknown-type", message: "Тип события не известен: \(type).")
    }

    static func field(_ name: String, _ rule: String) -> ForeignRefusal {
        ForeignRefusal(errorID: "field-wrong", message: "Поле \(name): \(rule).")
    }
}
