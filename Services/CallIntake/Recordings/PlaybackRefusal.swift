import HTTPTypes

/// Why a recording is not played: a status, a stable id, and what to tell the person who asked.
struct PlaybackRefusal: Error, Sendable, Equatable {
    let status: HTTPResponse.Status
    let errorID: String
    let message: String
    /// Why there is nothing to play, for the technician.
    var reason: String?
    /// Of a range that is not there: how long the sound is.
    var size: Int?

    static let notSigned = PlaybackRefusal(
        status: .unauthorized, errorID: "not-signed", message: "Запрос не подписан рабочим местом.")
    static let notYours = PlaybackRefusal(
        status: .forbidden, errorID: "not-yours", message: "Эту запись вам прослушать нельзя.")
    static let noSuchRecording = PlaybackRefusal(
        status: .notFound, errorID: "no-such-recording", message: "Такой записи нет.")
    static let damaged = PlaybackRefusal(
        status: .internalServerError, errorID: "recording-damaged",
        message: "Запись не читается. Сообщите администратору.")

    static let unavailable = PlaybackRefusal(
        status: .serviceUnavailable, errorID: "unavailable",
        message: "Служба временно недоступна. Повторите через минуту.")

    static func outOfRange(size: Int) -> PlaybackRefusal {
        PlaybackRefusal(
            status: .rangeNotSatisfiable, errorID: "out-of-range", message: "В записи нет такого места.", size: size)
    }

    init(
        status: HTTPResponse.Status, errorID: String, message: String, reason: String? = nil, size: Int? = nil
    ) {
        self.status = status
        self.errorID = errorID
        self.message = message
        self.reason = reason
        self.size = size
    }

    /// Of a recording whose sound is not there.
    init(_ recording: RecordingStore.Playable) {
        switch recording.state {
        case .recording, .finished:
            self.init(
                status: .notFound, errorID: "recording-not-ready",
                message: "Запись ещё не получена со станции. Повторите позже.")
        case .failed:
            self.init(
                status: .notFound, errorID: "recording-failed", message: "Разговор не записан.",
                reason: recording.failure)
        case .erased:
            self.init(
                status: .gone, errorID: "recording-erased", message: "Запись стёрта по сроку хранения.",
                reason: recording.eraseReason)
        case .stored: self = .damaged
        }
    }
}
