import Postgres

/// Whether what was to be kept is at fault, and not the database: other rows may well be kept.
///
/// SQLSTATE classes 22 (data exception) and 23 (integrity constraint), 54 (too long for an index), a value without a form
/// in PostgreSQL, and one without a form in JSON.
func isOfValues(_ error: any Error) -> Bool {
    guard let error = error as? PostgresError else { return error is EncodingError }
    guard let sqlState = error.sqlState else { return error.kind == .encoding }
    return ["22", "23", "54"].contains(sqlState.rawValue.prefix(2))
}

/// Whether it is a text or a number that is at fault, which somebody has given us. What breaks a constraint (class 23) is what
/// our own rules made of it: an order is not refused for that.
func isOfTexts(_ error: any Error) -> Bool {
    isOfValues(error) && (error as? PostgresError)?.sqlState?.rawValue.hasPrefix("23") != true
}

/// What the database refused, without values: for logs and for `call.fault`.
func faultDescription(of error: any Error) -> String {
    guard let error = error as? PostgresError else { return "\(type(of: error))" }
    return [error.sqlState?.rawValue ?? error.kind.rawValue, error.constraintName].compactMap(\.self).joined(
        separator: " ")
}
