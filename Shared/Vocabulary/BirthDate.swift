extension CalendarDate {
    /// Reads a birthday as it is typed or pasted: `01.02.1980`, `1/2/80`, `01021980`, `010280`, `1980-02-01`,
    /// «1 февраля 1980 г.р.».
    /// - Parameter today: the region's day.
    /// - Throws: `InputError` with a Russian hint.
    public static func readBirthday(_ text: String, today: CalendarDate) throws -> Reading<CalendarDate> {
        let (day, month, year) = try Self.parts(of: TypedText.visible(text))
        var warning: InputWarning?
        var fullYear = year.value
        if year.length == 2 {
            // The latest that is not to come; a child of one and an old person of a hundred and one look the same.
            let young = CalendarDate(year: 2000 + year.value, month: month, day: day)
            let isYoung = young.map { $0 <= today } ?? false
            fullYear += isYoung ? 2000 : 1900
            warning = isYoung && 1900 + year.value >= today.year - Self.longestLife ? .century : nil
        }
        guard let date = CalendarDate(year: fullYear, month: month, day: day) else {
            throw InputError(.date, hint: "Такой даты нет: проверьте день, месяц и год.")
        }
        try date.checkBirthday(today: today)
        return Reading(date, warning: warning)
    }

    /// - Parameter today: the region's day: who was born at 01:00 in Kamchatka was not born tomorrow.
    /// - Throws: `InputError` when nobody alive can have been born on this day.
    public func checkBirthday(today: CalendarDate) throws {
        guard self <= today else {
            throw InputError(.date, hint: "Дата рождения ещё не наступила: проверьте год.")
        }
        guard self.year >= today.year - Self.longestLife else {
            throw InputError(.date, hint: "Проверьте год рождения: прошло больше \(Self.longestLife) лет.")
        }
    }

    /// Years. The longest life that is proven lasted 122; a register may be wrong by a few.
    private static let longestLife = 130

    private struct Year {
        let value: Int
        /// Digits that were typed: 2 or 4.
        let length: Int
    }

    /// Day, month and year as they were typed, not checked yet.
    private static func parts(of text: String) throws -> (day: Int, month: Int, year: Year) {
        let words = try self.words(of: text.lowercased())
        let numbers = words.map { $0.allSatisfy(Digits.isDigit) ? Int($0) : nil }
        let lengths = words.map(\.count)
        switch (words.count, numbers.first ?? nil) {
        case (1, .some(let number)) where lengths[0] == 8:
            return (number / 1_000_000, number / 10_000 % 100, Year(value: number % 10_000, length: 4))
        case (1, .some(let number)) where lengths[0] == 6:
            return (number / 10_000, number / 100 % 100, Year(value: number % 100, length: 2))
        case (3, .some(let first)):
            guard let last = numbers[2], let month = numbers[1] ?? Self.month(words[1]) else { break }
            let isMonthShort = numbers[1] == nil || lengths[1] <= 2
            if lengths[0] == 4, numbers[1] != nil, isMonthShort, lengths[2] <= 2 {
                return (last, month, Year(value: first, length: 4))
            }
            if lengths[0] <= 2, isMonthShort, lengths[2] == 4 || lengths[2] == 2 {
                return (first, month, Year(value: last, length: lengths[2]))
            }
        default: break
        }
        throw InputError(.date, hint: "Укажите дату в виде ДД.ММ.ГГГГ.")
    }

    /// Runs of digits and runs of letters; the words that stand for «год рождения» say nothing.
    private static func words(of text: String) throws -> [Substring] {
        var words: [Substring] = []
        var rest = text[...]
        while let first = rest.first {
            if Digits.isDigit(first) {
                let run = rest.prefix(while: Digits.isDigit)
                words.append(run)
                rest = rest.dropFirst(run.count)
            } else if first.isLetter {
                let run = rest.prefix(while: \.isLetter)
                if !["г", "гр", "р", "год", "года", "рождения"].contains(run) { words.append(run) }
                rest = rest.dropFirst(run.count)
            } else if Digits.isSeparator(first) || ",/".contains(first) {
                rest = rest.dropFirst()
            } else {
                throw InputError(.date, hint: "Укажите дату в виде ДД.ММ.ГГГГ.")
            }
        }
        return words
    }

    private static func month(_ word: Substring) -> Int? {
        let starts = [
            ["янв"], ["фев"], ["мар"], ["апр"], ["май", "мая"], ["июн"], ["июл"], ["авг"], ["сен"], ["окт"], ["ноя"],
            ["дек"],
        ]
        return starts.firstIndex { $0.contains(where: word.hasPrefix) }.map { $0 + 1 }
    }
}
