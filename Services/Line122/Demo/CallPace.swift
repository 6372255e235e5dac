/// How fast calls went through the suite: from the ring to the forwarded card. Values, no I/O.
struct CallPace: Sendable {
    private var readings: [(offered: Int, forwarded: Int, at: Duration)] = []

    var count: Int { self.readings.count }

    /// - Parameter at: since the first call.
    mutating func note(offered: Int, forwarded: Int, at: Duration) {
        self.readings.append((offered, forwarded, at))
    }

    /// Calls a second while the middle 80 % of the cards were forwarded: without the start, and without the calls
    /// that broke, which wait for a callback.
    var sustained: Double? {
        guard let last = self.readings.last, last.forwarded >= 100,
            let begin = self.readings.first(where: { $0.forwarded * 10 >= last.forwarded }),
            let end = self.readings.first(where: { $0.forwarded * 10 >= last.forwarded * 9 }), end.at > begin.at
        else { return nil }
        return Double(end.forwarded - begin.forwarded) / ((end.at - begin.at) / .seconds(1))
    }

    /// When the exchange had offered its last call.
    private var lastOffered: Duration? {
        guard let last = self.readings.last else { return nil }
        return self.readings.first { $0.offered == last.offered }?.at
    }

    var lines: [String] {
        var lines: [String] = []
        if let lastOffered { lines.append("Звонки поступали \(Self.text(lastOffered)) с") }
        if let sustained { lines.append("Средние 80 % карточек переданы со скоростью \(Int(sustained)) в секунду") }
        if let last = self.readings.last { lines.append("Всё улеглось за \(Self.text(last.at)) с") }
        return lines
    }

    private static func text(_ duration: Duration) -> String {
        let tenths = Int((duration / .milliseconds(100)).rounded())
        return "\(tenths / 10),\(tenths % 10)"
    }
}
