extension PhoneNumber {
    /// How a Russian writes it: `+7 (8452) 41-13-27`, `+7 (999) 000-00-01`, `8 (800) 200-01-22`, `112`; a number of
    /// another country as E.164. With «доб. 12» when there is one.
    public var display: String {
        let number = self.e164.hasPrefix("+7") ? Self.grouped(self.e164.dropFirst(2)) : self.e164
        return self.extensionDigits.map { "\(number) доб. \($0)" } ?? number
    }

    private static func grouped(_ national: Substring) -> String {
        let code = national.prefix(Self.codeLength(national))
        let local = national.dropFirst(code.count)
        // Pairs from the right; what is left stands in front: 411-13-27, 41-13-27, 4-11-32.
        let head = local.dropLast(4)
        let tail = local.suffix(4)
        let country = code == "800" ? "8" : "+7"
        return "\(country) (\(code)) \(head)-\(tail.prefix(2))-\(tail.suffix(2))"
    }

    /// Russian area codes have 3 to 5 digits: 3 where local numbers have seven, 4 in most regional capitals (the
    /// fourth digit is then 2) and some other cities, else 5. A code this table does not know is only shown with the
    /// brackets elsewhere; the number stays the same.
    private static func codeLength(_ national: Substring) -> Int {
        guard let first = national.first, first == "3" || first == "4" || first == "8" else { return 3 }
        if Self.threeDigitCodes.contains(String(national.prefix(3))) { return 3 }
        let four = String(national.prefix(4))
        return four.hasSuffix("2") || Self.fourDigitCodes.contains(four) ? 4 : 5
    }

    private static let threeDigitCodes: Set<String> = [
        "342", "343", "347", "351", "383", "391", "423", "473", "495", "496", "498", "499", "800", "801", "802",
        "803", "804", "805", "806", "807", "808", "809", "812", "831", "843", "846", "861", "862", "863",
    ]

    /// Cities with six-digit numbers whose code does not end in 2.
    private static let fourDigitCodes: Set<String> = [
        "3435", "3439", "3463", "3466", "3467", "3494", "3496", "3519", "3843", "3846", "3953", "3955", "4217", "4725",
        "4855", "4872", "4967", "8313", "8443", "8453", "8463", "8464", "8552", "8553", "8555", "8617", "8634",
        "8636", "8639",
    ]
}
