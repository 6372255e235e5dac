import Testing
import Vocabulary

@Suite struct DialingRulesTests {
    @Test(
        "A-12 Without a setting only Russia is dialled, and no code that charges, in any spelling",
        arguments: [
            "+88216123456", "81088216123456", "8 10 882 16 12 34 56", "+375172000000", "+77010000001",
            "8 701 000 00 01",
            "88090001122", "8-809-000-11-22", "+78090001122", "8 (803) 100-00-00", "8 801 200 00 00",
            "+7 808 200 00 00",
            "0088216123456", "+81088216123456", "122", "2001",
        ])
    func refused(typed: String) {
        #expect(throws: DialingRules.Fault.notDialable) { try DialingRules.standard.receiver(typed) }
        if let number = try? PhoneNumber(parsing: typed) {
            #expect(DialingRules.standard.fault(of: number) == .notDialable)
        }
    }

    @Test(
        "A-12 Russian numbers and emergencies are dialled, in one spelling",
        arguments: [
            ("88452000000", "+78452000000"), ("+7 (999) 000-00-01", "+79990000001"),
            ("8 10 7 8452 000001", "+78452000001"),
            ("8 800 200 01 22", "+78002000122"), ("8 804 333 00 00", "+78043330000"), ("112", "112"), ("103", "103"),
            ("03", "03"),
        ])
    func allowed(typed: String, dialled: String) throws {
        #expect(try DialingRules.standard.receiver(typed) == dialled)
    }

    @Test("A-12 A setting adds and takes away: the longest prefix decides, short numbers are whole")
    func setting() throws {
        let rules = try DialingRules(parsing: " +7, !+76,!+77 ,+375,!+375602,+7809500,2001")
        #expect(try rules.receiver("+375172000000") == "+375172000000")
        #expect(throws: DialingRules.Fault.notDialable) { try rules.receiver("+375602000000") }
        #expect(try rules.receiver("8 809 500 00 00") == "+78095000000")
        #expect(throws: DialingRules.Fault.notDialable) { try rules.receiver("8 809 501 00 00") }
        #expect(try rules.receiver("2001") == "2001")
        #expect(throws: DialingRules.Fault.notDialable) { try rules.receiver("2002") }
        #expect(try DialingRules(parsing: DialingRules.standardPrefixes) == .standard)
    }

    @Test(
        "A-12 A setting that cannot be read is refused",
        arguments: ["", "7", "!+7", "+", "+7;+375", "+7,!2001", "+7,x"])
    func unreadable(text: String) {
        #expect(throws: InputError.self) { try DialingRules(parsing: text) }
    }

    @Test("A-12 A machine never dials an emergency or the centre itself")
    func own() throws {
        var rules = DialingRules.standard
        rules.ownNumbers = [try PhoneNumber(parsing: "88452411327")]
        #expect(rules.fault(of: try PhoneNumber(parsing: "112")) == .notDialable)
        #expect(rules.fault(of: nil) == .notDialable)
        #expect(throws: DialingRules.Fault.own) { try rules.receiver("8 (8452) 41-13-27") }
    }
}
