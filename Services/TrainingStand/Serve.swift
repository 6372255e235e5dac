import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// `training-stand serve`: listens until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Слушать порты ARI, МИС и управления.",
        discussion: "Каждый ключ можно задать переменной окружения: --ari-port — STAND_ARI_PORT и так далее.")

    @Option(help: "Адрес, на котором слушать.") var host: String?
    @Option(help: "Порт ARI; 0 — любой свободный.") var ariPort: Int?
    @Option(help: "Сколько станций показывать (1…26).") var exchanges: Int?
    @Option(help: "Порты ARI остальных станций через запятую; без ключа — порт первой плюс 100, 200…")
    var ariPorts: String?
    @Option(help: "Порт МИС; 0 — любой свободный.") var misPort: Int?
    @Option(help: "Порт управления; 0 — любой свободный.") var controlPort: Int?
    @Option(help: "Имя пользователя ARI.") var ariUsername: String?
    @Option(help: "Пароль ARI.") var ariPassword: String?
    @Option(help: "Ключ доступа к МИС (guid).") var misToken: String?
    @Option(help: "Имя станции: начало номеров каналов.") var systemName: String?
    @Option(help: "Часов к востоку от Гринвича.") var utcOffset: Int?
    @Option(help: "Зерно случайности: то же зерно — те же звонки.") var seed: UInt64?
    @Option(help: "Папка с записями настоящей станции.") var traces: String?
    @Option(help: "Поликлиник в МИС.") var clinics: Int?
    @Option(help: "Врачей на специальность в поликлинике.") var doctors: Int?
    @Option(help: "Талонов у врача на день.") var slots: Int?
    @Option(help: "Пациентов, заранее известных поликлинике.") var patients: Int?
    @Option(help: "Доля талонов, занятых заранее.") var takenShare: Double?

    func run() async throws {
        let settings = try self.settings(ProcessInfo.processInfo.environment)
        let logger = Logger(label: "training-stand")
        let stand = Stand(settings, logger: logger)
        try await ServiceGroup(
            configuration: .init(
                services: [stand], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        ).run()
    }

    func settings(_ environment: [String: String]) throws -> StandSettings {
        func value<Value: LosslessStringConvertible>(
            _ option: Value?, _ name: String, _ standard: Value
        ) throws -> Value {
            if let option { return option }
            guard let text = environment["STAND_\(name)"], !text.isEmpty else { return standard }
            guard let value = Value(text) else { throw ValidationError("STAND_\(name): негодное значение") }
            return value
        }
        var settings = StandSettings()
        settings.host = try value(self.host, "HOST", settings.host)
        settings.ariPort = try value(self.ariPort, "ARI_PORT", settings.ariPort)
        settings.furtherARIPorts = try Self.furtherPorts(
            try value(self.ariPorts, "ARI_PORTS", ""), exchanges: try value(self.exchanges, "EXCHANGES", 0),
            first: settings.ariPort)
        settings.misPort = try value(self.misPort, "MIS_PORT", settings.misPort)
        settings.controlPort = try value(self.controlPort, "CONTROL_PORT", settings.controlPort)
        settings.ariUsername = try value(self.ariUsername, "ARI_USERNAME", settings.ariUsername)
        settings.ariPassword = try value(self.ariPassword, "ARI_PASSWORD", settings.ariPassword)
        settings.misToken = try value(self.misToken, "MIS_TOKEN", settings.misToken)
        settings.systemName = try value(self.systemName, "SYSTEM_NAME", settings.systemName)
        settings.utcOffset = try value(self.utcOffset, "UTC_OFFSET", settings.utcOffset / 3600) * 3600
        settings.seed = try value(self.seed, "SEED", settings.seed)
        let folder = try value(self.traces, "TRACES", "")
        settings.traces = folder.isEmpty ? nil : URL(fileURLWithPath: folder, isDirectory: true)
        let size = settings.hospital
        settings.hospital.clinics = try value(self.clinics, "CLINICS", size.clinics)
        settings.hospital.doctorsPerSpeciality = try value(self.doctors, "DOCTORS", size.doctorsPerSpeciality)
        settings.hospital.slotsPerDay = try value(self.slots, "SLOTS", size.slotsPerDay)
        settings.hospital.patientsPerClinic = try value(self.patients, "PATIENTS", size.patientsPerClinic)
        settings.hospital.takenShare = try value(self.takenShare, "TAKEN_SHARE", size.takenShare)
        guard (1...200).contains(settings.hospital.clinics), (1...100).contains(settings.hospital.doctorsPerSpeciality),
            (1...96).contains(settings.hospital.slotsPerDay),
            (0...100_000).contains(settings.hospital.patientsPerClinic),
            (0...1).contains(settings.hospital.takenShare), (-12...14).contains(settings.utcOffset / 3600)
        else { throw ValidationError("Размеры МИС или часовой пояс вне пределов") }
        return settings
    }

    /// Ports of all exchanges but the first. Without a number of exchanges there are as many as ports are named.
    private static func furtherPorts(_ list: String, exchanges: Int, first: Int) throws -> [Int] {
        let named = try list.split(separator: ",").map { text in
            guard let port = Int(text.filter { $0 != " " }), (0...65_535).contains(port) else {
                throw ValidationError("--ari-ports: негодный порт")
            }
            return port
        }
        let count = exchanges == 0 ? named.count + 1 : exchanges
        guard (1...StandSettings.mostExchanges).contains(count) else {
            throw ValidationError("--exchanges: от 1 до \(StandSettings.mostExchanges)")
        }
        guard named.isEmpty else {
            guard named.count >= count - 1 else { throw ValidationError("--ari-ports: портов меньше, чем станций") }
            return Array(named.prefix(count - 1))
        }
        let ports = (1..<count).map { first == 0 ? 0 : first + 100 * $0 }
        guard ports.allSatisfy({ $0 <= 65_535 }) else { throw ValidationError("--ari-port: нет места для станций") }
        return ports
    }
}
