/// What has to be known of codes to tell a Russian number from a foreign one and a whole one from one that is short.
enum NumberingPlan {
    /// The first three digits of the Russian codes that begin with 8 (the numbering plan of the Ministry of
    /// Communications, order № 205 of 25.11.2021): cities, and 80x for free, paid and virtual numbers.
    static let codesWith8: Set<String> = [
        "800", "801", "802", "803", "804", "805", "806", "807", "808", "809", "811", "812", "813", "814", "815",
        "816", "817", "818", "820", "821", "831", "833", "834", "835", "836", "841", "842", "843", "844", "845", "846",
        "847", "848", "851", "855", "861", "862", "863", "865", "866", "867", "869", "871", "872", "873", "877", "878",
        "879",
    ]

    /// Those of them that are as well an 8 and the first two digits of another code: 8 (342)… and (834 2)….
    static let ambiguousCodesWith8: Set<String> = ["834", "835", "836", "841", "842", "847", "848"]

    /// Country codes that begin with 8 (ITU-T E.164, list of assigned codes), each followed by no 0: national numbers
    /// of these countries never begin with it.
    private static let foreignCodesWith8 = [
        "81", "82", "84", "86", "850", "852", "853", "855", "856", "870", "878", "880", "881", "882", "883", "886",
        "888",
    ]

    /// - Parameter digits: of an international number, beginning with 8.
    static func isForeignCode(in digits: String) -> Bool {
        Self.foreignCodesWith8.contains { digits.hasPrefix($0) && !digits.dropFirst($0.count).hasPrefix("0") }
    }
}
