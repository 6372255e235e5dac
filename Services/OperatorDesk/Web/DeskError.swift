import Hummingbird
import Messaging

/// A no of the desk itself, as JSON for the page: what happened and what to do.
struct DeskError: Error, Sendable, Equatable {
    let status: HTTPResponse.Status
    let errorID: String
    let message: String
    /// The member of the body (`card.phone`) or the parameter that is wrong; nil when it is none in particular.
    let field: String?
    /// Seconds after which asking again may help.
    let retryAfter: Int?

    static let notSignedIn = DeskError(
        status: .unauthorized, errorID: "not-signed-in", message: "Войдите в систему.")
    static let otherAccount = DeskError(
        status: .conflict, errorID: "other-account",
        message: "В этом браузере вошёл другой сотрудник. Ничего не сделано: обновите страницу.")
    static let wrongPassword = DeskError(
        status: .unauthorized, errorID: "wrong-password", message: "Имя или пароль не подходят. Проверьте раскладку.")
    static func tooManyTries(seconds: Int) -> DeskError {
        DeskError(
            status: .tooManyRequests, errorID: "too-many-tries",
            message: "Слишком много попыток. Повторите через \(seconds) с.", retryAfter: seconds)
    }
    static let tooManyAtOnce = DeskError(
        status: .serviceUnavailable, errorID: "too-many-at-once",
        message: "Сейчас входят слишком многие. Повторите через несколько секунд.", retryAfter: 5)
    static let tooManyStreams = DeskError(
        status: .tooManyRequests, errorID: "too-many-streams",
        message: "Рабочее место открыто в слишком многих окнах (больше \(LiveHub.streamsOfAccount)). Закройте лишние.")
    static let notJSON = DeskError(
        status: .unsupportedMediaType, errorID: "not-json", message: "Запрос не разобран. Обновите страницу.")
    static let tooLarge = DeskError(
        status: .contentTooLarge, errorID: "too-large", message: "Слишком длинный текст. Сократите его и повторите.")
    static let otherSite = DeskError(
        status: .forbidden, errorID: "other-site",
        message: "Запрос пришёл с другого сайта. Откройте рабочее место заново.")
    static let notYours = DeskError(
        status: .forbidden, errorID: "not-yours", message: "Эта карточка вам недоступна.")
    static let notForYou = DeskError(
        status: .forbidden, errorID: "not-yours", message: "Это доступно только администратору и старшему смены.")
    static let noTelephone = DeskError(
        status: .conflict, errorID: "no-telephone", message: "Укажите телефон, на котором вы работаете.")
    static let notFound = DeskError(status: .notFound, errorID: "not-found", message: "Такой страницы нет.")
    static let failed = DeskError(
        status: .internalServerError, errorID: "failed", message: "Внутренняя ошибка. Сообщите администратору.")
    static func badRequest(_ message: String) -> DeskError {
        DeskError(status: .badRequest, errorID: "bad-request", message: message)
    }

    /// A parameter after `?`.
    static func parameter(_ name: String, _ message: String) -> DeskError {
        let name = String(name.prefix(64))
        return DeskError(
            status: .badRequest, errorID: "parameter-invalid", message: "\(message): \(name).", field: name)
    }
    /// A field of the body.
    static func field(_ field: String, _ message: String) -> DeskError {
        DeskError(status: .unprocessableContent, errorID: "field-invalid", message: message, field: field)
    }

    init(
        status: HTTPResponse.Status, errorID: String, message: String, field: String? = nil, retryAfter: Int? = nil
    ) {
        self.status = status
        self.errorID = errorID
        self.message = message
        self.field = field
        self.retryAfter = retryAfter
    }

    /// What the body of a request lacks, by the field's path. A hint of a parser is handed on: it is Russian, says what to
    /// do and never repeats what was typed (`InputError`).
    init(_ error: DecodingError) {
        func path(_ keys: [any CodingKey]) -> String {
            keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context):
            self = .field(path(context.codingPath + [key]), "Поле не заполнено.")
        case .valueNotFound(_, let context):
            self = .field(path(context.codingPath), "Поле не заполнено.")
        case .dataCorrupted(let context) where context.codingPath.isEmpty,
            .typeMismatch(_, let context) where context.codingPath.isEmpty:
            // No JSON at all, or not an object.
            self = .badRequest("Запрос не разобран. Обновите страницу.")
        case .dataCorrupted(let context):
            self = .field(
                path(context.codingPath),
                Self.isForPeople(context.debugDescription)
                    ? context.debugDescription : "Поле заполнено неверно.")
        case .typeMismatch(_, let context):
            self = .field(path(context.codingPath), "Поле заполнено неверно.")
        @unknown default:
            self = .badRequest("Запрос не разобран. Обновите страницу.")
        }
    }

    /// Our parsers write Russian; what the standard library writes is for programmers, and may quote the value.
    private static func isForPeople(_ text: String) -> Bool {
        text.unicodeScalars.contains { ("а"..."я").contains($0) || ("А"..."Я").contains($0) }
            && !text.contains("String value")
    }

    /// What the page is told when another service refused or did not answer; nil for an error nobody foresaw.
    init?(_ error: any Error) {
        switch error {
        case let error as DeskError: self = error
        case let refusal as Refusal:
            self.init(
                status: Self.status(ofRefusal: refusal.errorID), errorID: refusal.errorID, message: refusal.message,
                field: refusal.field, retryAfter: refusal.retryAfter.map { Int($0.rounded(.up)) })
        case let error as RequestError: self = Self.unanswered(error.kind)
        case let error as DecodingError: self = DeskError(error)
        default: return nil
        }
    }

    private static func status(ofRefusal errorID: String) -> HTTPResponse.Status {
        switch errorID {
        case let id where id.hasPrefix("no-such-"): .notFound
        case "not-yours": .forbidden
        case "fields-missing", "field-invalid", "malformed-request", "patient-ambiguous", "tones-malformed",
            "number-not-dialable", "own-number", "telephone-unknown", "telephone-elsewhere", "exchange-unknown":
            .unprocessableContent
        case "mis-away", "exchange-away", "patient-pending": .serviceUnavailable
        case "mis-unclear": .badGateway
        default: .conflict
        }
    }

    private static func unanswered(_ kind: RequestError.Kind) -> DeskError {
        switch kind {
        case .timedOut:
            DeskError(
                status: .gatewayTimeout, errorID: "timed-out",
                message: "Служба не ответила вовремя. Повторите: действие не выполнится дважды.")
        case .unavailable:
            DeskError(
                status: .serviceUnavailable, errorID: "unavailable",
                message: "Служба временно недоступна. Повторите через минуту.")
        case .failed, .malformed: .failed
        }
    }
}
