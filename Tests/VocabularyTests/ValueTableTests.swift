import Foundation
import Testing
import Vocabulary

/// The table of what people type and what becomes of it; the page walks the same rows (Tests/Browser/test_values.py).
struct ValueTable: Decodable {
    struct Row: Decodable, CustomTestStringConvertible {
        let kind: String
        let input: String
        let value: String?
        let warning: String?
        let suggestion: String?
        let refusal: String?

        var testDescription: String { "\(self.kind) \(self.input)" }
    }

    let today: CalendarDate
    let cases: [Row]

    /// A table that cannot be read has no rows, which a test of its own refuses.
    static let shared: ValueTable? = {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Fixtures/values/cases.json")
        return (try? Data(contentsOf: file)).flatMap { try? JSONDecoder().decode(ValueTable.self, from: $0) }
    }()

    static func rows(_ kind: String) -> [Row] { Self.shared?.cases.filter { $0.kind == kind } ?? [] }
}

struct ValueTableTests {
    private struct Outcome: Equatable {
        var value: String?
        var warning: String?
        var suggestion: String?
        var refusal: String?

        init(_ row: ValueTable.Row) {
            self.value = row.value
            self.warning = row.warning
            self.suggestion = row.suggestion
            self.refusal = row.refusal
        }

        init<Value>(_ field: InputError.Field, _ text: (Value) -> String, read: () throws -> Reading<Value>?) throws {
            do {
                let reading = try #require(try read())
                self.value = text(reading.value)
                self.warning = reading.warning?.hint
                self.suggestion = reading.suggestion.map(text)
            } catch let error as InputError {
                #expect(error.field == field)
                self.refusal = error.hint
            }
        }
    }

    @Test func theTableIsThere() {
        for kind in ["phone", "snils", "policy", "name", "wholeName", "birthDate", "signalling"] {
            #expect(ValueTable.rows(kind).count > 5, "\(kind)")
        }
        let kinds = Set(ValueTable.shared?.cases.map(\.kind) ?? [])
        #expect(kinds.count == 7)
    }

    @Test(
        "E-401, E-402, E-403 A telephone number is read, warned about or refused, and digits are never made up",
        arguments: ValueTable.rows("phone"))
    func phone(row: ValueTable.Row) throws {
        let outcome = try Outcome(.phoneNumber, Self.stored) { try PhoneNumber.read(row.input) }
        #expect(outcome == Outcome(row))
        // What is kept is read again as it is, and written again as a Russian writes it.
        guard let value = row.value else { return }
        let number = try PhoneNumber(parsing: value)
        #expect(Self.stored(number) == value)
        #expect(Self.stored(try PhoneNumber(parsing: number.display)) == value)
        #expect(try JSONDecoder().decode([PhoneNumber].self, from: JSONEncoder().encode([number])) == [number])
    }

    @Test("E-403 СНИЛС", arguments: ValueTable.rows("snils"))
    func snils(row: ValueTable.Row) throws {
        #expect(try Outcome(.snils, \SNILS.digits) { Reading(try SNILS(parsing: row.input)) } == Outcome(row))
    }

    @Test("E-403 Policy", arguments: ValueTable.rows("policy"))
    func policy(row: ValueTable.Row) throws {
        #expect(
            try Outcome(.policyNumber, \PolicyNumber.digits) { Reading(try PolicyNumber(parsing: row.input)) }
                == Outcome(row))
    }

    @Test("E-403, E-407, U-21 A part of a name", arguments: ValueTable.rows("name"))
    func name(row: ValueTable.Row) throws {
        #expect(try Outcome(.personName, { $0 }) { try PersonName.readPart(row.input) } == Outcome(row))
        if let value = row.value {
            #expect(try PersonName.readPart(value)?.value == value, "it is not read again as it is")
        }
    }

    @Test("E-407 A whole name", arguments: ValueTable.rows("wholeName"))
    func wholeName(row: ValueTable.Row) throws {
        #expect(try Outcome(.personName, \PersonName.full) { try PersonName.read(row.input) } == Outcome(row))
    }

    @Test("E-403, E-406 A birthday", arguments: ValueTable.rows("birthDate"))
    func birthDate(row: ValueTable.Row) throws {
        let today = try #require(ValueTable.shared).today
        #expect(
            try Outcome(.date, \CalendarDate.description) { try CalendarDate.readBirthday(row.input, today: today) }
                == Outcome(row))
    }

    @Test("A-04, A-05 A caller id of the signalling", arguments: ValueTable.rows("signalling"))
    func signalling(row: ValueTable.Row) throws {
        let caller = SignalledCaller(row.input)
        #expect(
            String(decoding: try JSONEncoder().encode([caller.number]), as: UTF8.self) == "[\"\(row.value ?? "")\"]")
        #expect(CallerNumber(raw: row.input) == caller.number)
    }

    private static func stored(_ number: PhoneNumber) -> String {
        number.extensionDigits.map { "\(number.e164);ext=\($0)" } ?? number.e164
    }
}
