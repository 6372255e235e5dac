import Hummingbird
import Messaging

/// A no of the desk itself, as JSON for the page: what happened and what to do.
struct DeskError: Error, Sendable, Equatable {
    let status: HTTPResponse.Status
    let errorID: String
    let message: String

    static let notSignedIn = DeskError(
        status: .unauthorized, errorID: "not-signed-in", message: "Войдите в систему.")
    static let wrongPassword = DeskError(
        status: .unauthorized, errorID: "wrong-password", message: "Имя или пароль не подходят. Проверьте раскладку.")
    static func tooManyTries(seconds: Int) -> DeskError {
        DeskError(
            status: .tooManyRequests, errorID: "too-many-tries",
            message: "Слишком много попыток. Повторите через \(seconds) с.")
    }
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

    init(status: HTTPResponse.Status, errorID: String, message: String) {
        self.status = status
        self.errorID = errorID
        self.message = message
    }

    /// What the page is told when another service refused or did not answer; nil for an error nobody foresaw.
    init?(_ error: any Error) {
        switch error {
        case let error as DeskError: self = error
        case let refusal as Refusal:
            self.init(
                status: Self.status(ofRefusal: refusal.errorID), errorID: refusal.errorID, message: refusal.message)
        case let error as RequestError: self = Self.unanswered(error.kind)
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
