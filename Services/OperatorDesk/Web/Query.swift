import Foundation
import Hummingbird

/// The parameters after `?` of a request, each known and well-formed, or the request is refused: a filter that is not
/// understood would answer with more than was asked for.
struct Query: Sendable {
    /// Bytes of a text at most.
    private static let limit = 200

    private let values: [String: String]

    /// What each path of the interface takes, as the router spells it; all others take none.
    private static let known: [String: Set<String>] = [
        "/api/appeals": ["callID"],
        "/api/callbacks": ["callID", "appealID", "state", "needsOperator"],
        "/api/doctors": ["clinicID", "patientID", "specialityID"],
        "/api/indicators": ["from", "to"],
        "/api/indicators/callbacks": ["from", "to"],
        "/api/recordings/{id}": ["appeal"],
        "/api/slots": ["clinicID", "patientID", "doctorID"],
        "/api/specialities": ["clinicID", "patientID"],
        "/api/surveys": ["from", "to", "organizationID", "operatorID"],
    ]

    /// - Throws: `DeskError` that names a parameter that is said twice or holds control characters.
    init(_ request: Request) throws {
        var values: [String: String] = [:]
        for (name, value) in request.uri.queryParameters {
            let name = String(name)
            guard values.updateValue(String(value), forKey: name) == nil else {
                throw DeskError.parameter(name, "Параметр назван дважды")
            }
        }
        self.values = values
    }

    /// - Parameter path: the route's, as it was declared.
    /// - Throws: `DeskError` that names the first parameter that the path does not know.
    func check(for path: String?) throws {
        let known = path.flatMap { Self.known[$0] } ?? []
        guard let unknown = self.values.keys.filter({ !known.contains($0) }).min() else { return }
        throw DeskError.parameter(unknown, "Такого параметра нет")
    }

    /// Nil when it is absent.
    func text(_ name: String) throws -> String? {
        guard let value = self.values[name] else { return nil }
        guard !value.isEmpty, value.utf8.count <= Self.limit, !value.unicodeScalars.contains(where: Self.isControl)
        else {
            throw DeskError.parameter(name, "Параметр пуст, слишком длинный или содержит управляющие знаки")
        }
        return value
    }

    /// - Throws: `DeskError`, also when it is absent.
    func required(_ name: String) throws -> String {
        guard let value = try self.text(name) else { throw DeskError.parameter(name, "Нет параметра") }
        return value
    }

    func uuid(_ name: String) throws -> UUID? {
        guard let text = try self.text(name) else { return nil }
        guard let id = UUID(uuidString: text) else { throw DeskError.parameter(name, "Неверный номер") }
        return id
    }

    /// `true` or `false`; absent is false.
    func flag(_ name: String) throws -> Bool {
        switch try self.text(name) {
        case nil, "false": return false
        case "true": return true
        default: throw DeskError.parameter(name, "Параметр может быть true или false")
        }
    }

    func choice<Value: RawRepresentable<String>>(_ name: String, of type: Value.Type = Value.self) throws -> Value? {
        guard let text = try self.text(name) else { return nil }
        guard let value = Value(rawValue: text) else { throw DeskError.parameter(name, "Такого значения нет") }
        return value
    }

    /// ISO 8601, as in `2026-11-21T00:00:00Z`.
    /// - Throws: `DeskError`, also when it is absent.
    func moment(_ name: String) throws -> Date {
        let text = try self.required(name)
        guard
            let date = (try? Date(text, strategy: .iso8601))
                ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
        else { throw DeskError.parameter(name, "Время пишется в виде 2026-11-21T00:00:00Z") }
        return date
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }
}

/// Refuses what a path of the interface does not know after `?`, before anything else is looked at.
struct QueryMiddleware: RouterMiddleware {
    typealias Context = DeskContext

    func handle(
        _ request: Request, context: DeskContext, next: (Request, DeskContext) async throws -> Response
    ) async throws -> Response {
        if request.uri.query != nil { try Query(request).check(for: context.endpointPath) }
        return try await next(request, context)
    }
}
