/// The table of a run: what happened, what was lost, what was doubled. Values, no I/O.
struct DemoReport: Sendable {
    /// What the stand, which is outside the suite, has seen in the same time.
    struct Outside: Codable, Sendable {
        struct Exchange: Codable, Sendable {
            var announced: Int
            var liveChannels: Int
            var duplicateChannelIDs: Int
            var fellThrough: Int
            /// Left unanswered while call-intake was away: it may have known them or not.
            var unheard: Int
        }
        struct MIS: Codable, Sendable {
            var active: Int
            var doubledSlots: Int
            var doubledVisits: Int
        }
        var exchange: Exchange
        var mis: MIS
    }

    let counts: SuiteCounts
    let before: Outside
    let after: Outside
    let tally: ScriptedOperator.Tally

    /// What one side has and the other lacks, by name; positive is lost, negative is doubled.
    var differences: [(name: String, missing: Int)] {
        let announced = self.after.exchange.announced - self.before.exchange.announced
        let messages =
            self.counts["registeredWithPhone"] + self.counts["forwarded"] + self.counts["bookingsWithPhone"]
            + self.counts["callbacksTold"] + self.counts["exhausted"] + self.counts["cancelledByCitizens"]
        return [
            ("звонки станции", announced - self.counts["calls"]),
            ("карточки принятых звонков", self.counts["cardsDue"] - self.counts["cards"]),
            ("сохранённые карточки", self.tally.saved - self.counts["registered"]),
            ("пропуски в номерах", self.counts["numberGaps"]),
            (
                "записи операторов",
                self.tally.booked - self.counts["bookings"] - self.counts["cancelledByCitizens"]
            ),
            ("записи в МИС", self.counts["bookings"] - (self.after.mis.active - self.before.mis.active)),
            ("переданные карточки", self.tally.forwarded - self.counts["forwarded"]),
            ("перезвоны", self.counts["brokenDialable"] - self.counts["callbacksDialable"]),
            ("опросы", self.tally.closed - self.counts["surveys"]),
            ("сообщения", messages - self.counts["messages"]),
            // Each conversation is recorded, or the refusal of the exchange is (T-04).
            ("записи разговоров", self.counts["conversations"] - self.counts["conversationsKept"]),
        ]
    }

    var lost: Int {
        // An order whose answer was still open when the operator went on is booked later: no doubling.
        self.adjusted.reduce(0) { $0 + max(0, $1.missing) } + self.counts["parked"] + self.counts["messagesFailed"]
    }

    var doubled: Int {
        self.adjusted.reduce(0) { $0 + max(0, -$1.missing) }
            + (self.after.mis.doubledSlots - self.before.mis.doubledSlots)
            + (self.after.mis.doubledVisits - self.before.mis.doubledVisits)
            + (self.after.exchange.duplicateChannelIDs - self.before.exchange.duplicateChannelIDs)
    }

    /// Without what two sides cannot know of each other. Bookings that the operators left open while the МИС was read
    /// back may each have become one. Callers who left while call-intake was away may each have been noted.
    private var adjusted: [(name: String, missing: Int)] {
        self.differences.map { name, missing in
            switch name {
            case "сохранённые карточки" where missing < 0: (name, min(0, missing + self.tally.savesOpen))
            case "переданные карточки" where missing < 0: (name, min(0, missing + self.tally.forwardsOpen))
            case "записи операторов" where missing < 0: (name, min(0, missing + self.tally.bookingsOpen))
            case "звонки станции" where missing > 0: (name, max(0, missing - self.unheard))
            default: (name, missing)
            }
        }
    }

    private var unheard: Int { self.after.exchange.unheard - self.before.exchange.unheard }
    private var fellThrough: Int { self.after.exchange.fellThrough - self.before.exchange.fellThrough }

    /// Lines of the table, and beneath it what does not fit.
    var lines: [String] {
        let rows: [(String, Int)] = [
            ("звонков (calls)", self.counts["calls"]), ("принято (answered)", self.counts["answered"]),
            ("не дождались (abandoned)", self.counts["abandoned"]), ("прервано (broken)", self.counts["broken"]),
            ("карточек (cards)", self.counts["registered"]), ("записей к врачу (bookings)", self.counts["bookings"]),
            ("передано (forwarded)", self.counts["forwarded"]), ("сообщений (messages)", self.counts["sent"]),
            ("перезвонов (callbacks)", self.counts["callbacks"]),
            ("  позже 15 с (late)", self.counts["lateDials"]),
            ("  тем, кто не дождался", self.counts["callbacksElse"]),
            ("напоминаний (reminders)", self.counts["reminders"]),
            ("  записи отменены клавишей", self.counts["cancelledByCitizens"]),
            ("сообщено голосом (told)", self.counts["told"]),
            ("опросов (surveys)", self.counts["surveys"]),
            ("  пройдено (completed)", self.counts["surveysCompleted"]),
            ("  низких оценок (low)", self.counts["lowMarks"]),
            ("разговоров записано (recordings)", self.counts["recordings"]),
            ("  без записи (unrecorded)", self.counts["recordingsLost"]),
            ("мимо системы (missed)", self.fellThrough + self.unheard),
            ("не ясно (uncertain)", self.counts["uncertain"] + self.counts["bookingsManual"]),
            ("потеряно (lost)", self.lost), ("удвоено (doubled)", self.doubled),
        ]
        var lines = rows.map { "  \($0.0)\(String(repeating: " ", count: max(1, 34 - $0.0.count)))\($0.1)" }
        let exchanges = self.counts.values.filter { $0.key.hasPrefix("exchange ") }
        if exchanges.count > 1 {
            lines += exchanges.sorted { $0.key < $1.key }.map { "  из них на АТС \($0.key.dropFirst(9)): \($0.value)" }
        }
        lines += self.adjusted.filter { $0.missing != 0 }.map { "  ! \($0.name): разница \($0.missing)" }
        lines += self.tally.failures.sorted { $0.key < $1.key }.map {
            "  ! оператору отказано: \($0.key) × \($0.value)"
        }
        return lines
    }
}
