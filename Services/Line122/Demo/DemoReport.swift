/// The table of a run: what happened, what was lost, what was doubled, what came too late. Values, no I/O.
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

    /// The same, one by one.
    struct Evidence: Sendable {
        /// Channels of the calls that were announced, and of those that may not have been heard.
        var calls = Things()
        var unheard = Things()
        /// Visits that the МИС holds.
        var visits = Things()
        /// Seconds from the end of a citizen's last call, as the exchange told it, to the order to dial; by the channel of
        /// the dial. By the exchange's own clock.
        var dials: [String: Double] = [:]

        static func - (after: Evidence, before: Evidence) -> Evidence {
            Evidence(
                calls: after.calls - before.calls, unheard: after.unheard - before.unheard,
                visits: after.visits - before.visits,
                dials: after.dials.filter { before.dials[$0.key] == nil })
        }
    }

    let counts: SuiteCounts
    let before: Outside
    let after: Outside
    let evidence: Evidence
    let tally: ScriptedOperator.Tally

    /// What each side has that another should have too.
    var comparisons: [Comparison] {
        func all(_ kind: String) -> Things { self.counts.all(kind) }
        func ids(_ list: [some CustomStringConvertible]) -> Things { Things(list.map { "\($0)".lowercased() }) }
        return [
            Comparison(
                "звонки станции", happened: self.evidence.calls, held: all("call"), possible: self.evidence.unheard),
            Comparison("карточки принятых звонков", happened: all("cardDue"), held: all("card")),
            Comparison(
                "сохранённые карточки", happened: ids(self.tally.saved), held: all("registered"),
                possible: ids(self.tally.savesOpen)),
            Comparison(
                "записи операторов", happened: ids(self.tally.booked), held: all("booking"),
                possible: ids(self.tally.bookingsOpen)),
            Comparison("записи в МИС", happened: all("visit"), held: self.evidence.visits),
            Comparison(
                "переданные карточки", happened: ids(self.tally.forwarded), held: all("forwarded"),
                possible: ids(self.tally.forwardsOpen)),
            Comparison("перезвоны", happened: all("brokenCall"), held: all("callback")),
            Comparison("опросы", happened: ids(self.tally.closed), held: all("survey")),
            Comparison("сообщения о карточках", happened: all("registeredWithPhone"), held: all("appeal-registered")),
            Comparison("сообщения организациям", happened: all("forwarded"), held: all("appeal-forwarded")),
            Comparison("сообщения о записях", happened: all("bookingWithPhone"), held: all("booking-confirmed")),
        ]
    }

    /// What counts say that no id tells: messages of other kinds, and gaps in the numbers of cards.
    private var differences: [(title: String, missing: Int)] {
        let messages =
            self.counts["registeredWithPhone"] + self.counts["forwarded"] + self.counts["bookingsWithPhone"]
            + self.counts["callbacksTold"] + self.counts["exhausted"] + self.counts["cancelledByCitizens"]
        return [
            ("сообщения", messages - self.counts["messages"]), ("пропуски в номерах", self.counts["numberGaps"]),
        ]
    }

    var lost: Int {
        self.comparisons.reduce(0) { $0 + $1.lost } + self.differences.reduce(0) { $0 + max(0, $1.missing) }
            + self.counts["parked"] + self.counts["messagesFailed"]
    }

    var doubled: Int {
        self.comparisons.reduce(0) { $0 + $1.doubled } + self.differences.reduce(0) { $0 + max(0, -$1.missing) }
            + (self.after.mis.doubledSlots - self.before.mis.doubledSlots)
            + (self.after.mis.doubledVisits - self.before.mis.doubledVisits)
            + (self.after.exchange.duplicateChannelIDs - self.before.exchange.duplicateChannelIDs)
    }

    /// Callers of broken lines who were not dialled in time, by the suite's own stamps or by the exchange's (C-01).
    var late: Int {
        let seen = self.counts.all("firstDial").counts.keys.count { (self.evidence.dials["dial-\($0)"] ?? 0) > 15 }
        return max(self.counts["lateDials"], seen)
    }
    /// Callers whom the suite did not have: they fell through to the dialplan, or left while nobody listened.
    var missed: Int { self.fellThrough + self.unheard }
    /// Orders of operators that were refused, though nobody did anything wrong.
    var refused: Int { self.tally.failures.values.reduce(0, +) }
    /// Conversations of which no recording is kept (T-04).
    var unrecorded: Int { self.counts.all("unrecorded").count }

    /// - Parameters:
    ///   - withFaults: services or the exchange are made to fail meanwhile, so that some callers reach the dialplan, some
    ///     orders are refused, and some recordings cannot be made. Nothing may be lost, doubled or late all the same.
    ///   - mayBeLate: the exchange refuses orders to dial, or the only call-intake is kept away for longer than the 15
    ///     seconds: the first real dial may be late then, which is shown.
    func isGood(withFaults: Bool, mayBeLate: Bool = false) -> Bool {
        guard self.lost == 0, self.doubled == 0, self.late == 0 || mayBeLate else { return false }
        return withFaults || self.missed == 0 && self.refused == 0 && self.unrecorded == 0
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
            ("  позже 15 с (late)", self.late),
            ("  тем, кто не дождался", self.counts["callbacksElse"]),
            ("напоминаний (reminders)", self.counts["reminders"]),
            ("  записи отменены клавишей", self.counts["cancelledByCitizens"]),
            ("сообщено голосом (told)", self.counts["told"]),
            ("опросов (surveys)", self.counts["surveys"]),
            ("  пройдено (completed)", self.counts["surveysCompleted"]),
            ("  низких оценок (low)", self.counts["lowMarks"]),
            ("разговоров записано (recordings)", self.counts["recordings"]),
            ("  без записи (unrecorded)", self.unrecorded),
            ("мимо системы (missed)", self.missed),
            ("не ясно (uncertain)", self.counts["uncertain"] + self.counts["bookingsManual"]),
            ("потеряно (lost)", self.lost), ("удвоено (doubled)", self.doubled),
        ]
        var lines = rows.map { "  \($0.0)\(String(repeating: " ", count: max(1, 34 - $0.0.count)))\($0.1)" }
        let exchanges = self.counts.values.filter { $0.key.hasPrefix("exchange ") }
        if exchanges.count > 1 {
            lines += exchanges.sorted { $0.key < $1.key }.map { "  из них на АТС \($0.key.dropFirst(9)): \($0.value)" }
        }
        lines += self.comparisons.filter { !$0.fits }.map {
            "  ! \($0.title): потеряно \($0.lost), удвоено \($0.doubled)"
        }
        lines += self.differences.filter { $0.missing != 0 }.map { "  ! \($0.title): разница \($0.missing)" }
        lines += self.tally.failures.sorted { $0.key < $1.key }.map {
            "  ! оператору отказано: \($0.key) × \($0.value)"
        }
        return lines
    }
}
