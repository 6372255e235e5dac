/// Lengths of time as operators read them. Values, no I/O.
enum RussianDuration {
    /// Whole seconds as `0:45`, `12:05`; hours stay minutes: no call is that long.
    static func clock(_ seconds: Double) -> String {
        let whole = Int(max(0, seconds).rounded())
        return "\(whole / 60):\(whole % 60 < 10 ? "0" : "")\(whole % 60)"
    }
}
