import Foundation
import OutboundHTTP

/// One N3 HubService («Сервис записи на приём»).
struct N3Configuration: Sendable {
    enum SOAPVersion: Sendable {
        case v11, v12
    }

    var url: String
    /// The centre's token, sent as `guid` in every call.
    var guid: String
    /// The region's zone: the service writes local times without one.
    var timeZone: TimeZone
    var soap: SOAPVersion = .v11
    var idHistory: Int?
    /// Such as `Authorization`, which some installations want.
    var headers: [(String, String)] = []
    var tls = OutboundTLS()
    var connectTimeout: Duration = .seconds(3)
    var deadline: Duration = .seconds(10)
}
