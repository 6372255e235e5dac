import Contracts
import Foundation
import Messaging
import OutboundHTTP
import ServiceLifecycle
import ServiceSupport

/// The wiring of recordings: what fetches, keeps, plays and erases them.
struct RecordingKeeping: Sendable {
    private let settings: RecordingSettings
    private let host: ServiceHost
    private let source: any RecordingSource
    private let store: RecordingStore
    private let vault: RecordingVault

    /// - Parameter exchanges: by the name that `recording.exchange` holds.
    init(
        _ settings: RecordingSettings, host: ServiceHost, exchanges: [String: ExchangeAddress],
        http: OutboundHTTPClient
    ) {
        self.settings = settings
        self.host = host
        self.source = ExchangeRecordings(exchanges: exchanges, client: http)
        self.store = RecordingStore(database: host.database)
        self.vault = RecordingVault(
            keys: settings.keys, storage: RecordingFolder(directory: settings.directory))
    }

    var services: [any Service] {
        let requests = RequestClient(service: .callIntake, broker: self.host.broker, logger: self.host.logger)
        return [
            RecordingFetcher(store: self.store, vault: self.vault, source: self.source, logger: self.host.logger),
            RecordingRetention(
                store: self.store, storage: self.vault.storage, keepDays: self.settings.keepDays,
                openCalls: { try await requests.ask(GetOpenAppeals(callIDs: $0)).callIDs }, logger: self.host.logger),
        ]
    }

    /// Playing them.
    var routes: RecordingRoutes {
        RecordingRoutes(
            playback: RecordingPlayback(store: self.store, vault: self.vault), verifier: self.settings.verifier,
            logger: self.host.logger)
    }
}
