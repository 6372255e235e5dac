/// One clinic of the simulated МИС.
struct Clinic: Sendable {
    let id: Int
    let district: Int
    let shortName: String
    let fullName: String
    let address: String
}
