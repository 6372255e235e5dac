/// How much of a МИС is simulated. The standard size holds about 40,000 slots of 14 days.
struct HospitalSize: Sendable {
    var clinics = 6
    var doctorsPerSpeciality = 3
    /// Slots of one doctor on one working day, 15 minutes each.
    var slotsPerDay = 24
    var days = 14
    var patientsPerClinic = 300
    /// Share of slots taken before the first call.
    var takenShare = 0.3
    /// Share of slots that only the registry may give: counted as free tickets, never offered to the centre.
    var registryShare = 0.15
}
