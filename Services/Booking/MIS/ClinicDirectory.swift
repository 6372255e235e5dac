import Foundation
import Logging
import Messaging
import NIOConcurrencyHelpers
import ServiceLifecycle

/// The clinics of the МИС, kept in memory: they change seldom, and every desk that starts asks for them. While the МИС is
/// away the last list is given (C-207).
final class ClinicDirectory: Service {
    /// How long a list is good.
    private static let age: Duration = .seconds(600)
    /// How soon a reading that failed is repeated.
    private static let pause: Duration = .seconds(15)

    private let mis: any MedicalInformationSystem
    private let logger: Logger
    private let known = NIOLockedValueBox<[Clinic]>([])

    init(mis: any MedicalInformationSystem, logger: Logger) {
        self.mis = mis
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                var wait = Self.age
                do {
                    _ = try await self.read()
                } catch {
                    if Task.isCancelled { return }
                    self.logger.warning("the clinics could not be read", metadata: ["error": "\(error)"])
                    wait = Self.pause
                }
                try? await Task.sleep(for: wait)
            }
        }
    }

    /// Clinics that take bookings.
    /// - Throws: `MISError`, when no list has been read yet.
    func clinics() async throws -> [Clinic] {
        let known = self.known.withLockedValue { $0 }
        return known.isEmpty ? try await self.read() : known
    }

    /// - Throws: `Refusal` when there is no such clinic, `MISError`.
    func clinic(_ id: Int) async throws -> Clinic {
        guard let clinic = try await self.clinics().first(where: { $0.id == id }) else { throw Self.noSuchClinic }
        return clinic
    }

    func read() async throws -> [Clinic] {
        let clinics = try await self.mis.clinics(district: nil).filter(\.isActive)
        self.known.withLockedValue { $0 = clinics }
        return clinics
    }

    /// The number of a clinic.
    static func number(_ id: String) throws(Refusal) -> Int {
        guard let number = Int(id) else { throw self.noSuchClinic }
        return number
    }

    private static let noSuchClinic = Refusal("no-such-clinic", "Такой поликлиники нет. Обновите страницу.")
}
