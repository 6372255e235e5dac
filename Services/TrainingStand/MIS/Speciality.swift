/// One speciality; the same in every clinic.
struct Speciality: Sendable {
    let id: String
    let federalID: String
    let name: String
    let isNarrow: Bool
}
