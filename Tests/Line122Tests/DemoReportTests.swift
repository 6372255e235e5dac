import Foundation
import Testing

@testable import Line122

/// The judge of `line122 demo`, without a suite.
@Suite struct DemoReportTests {
    @Test("One thing that is lost and one that is doubled do not cancel out")
    func noCancelling() {
        let comparison = Comparison(
            "звонки", happened: Things(["a", "b", "c"]), held: Things(["a", "b", "b"]))
        #expect(comparison.lost == 1 && comparison.doubled == 1 && !comparison.fits)
        // Nor one that is lost and one that nobody made.
        let invented = Comparison("звонки", happened: Things(["a", "b"]), held: Things(["a", "x"]))
        #expect(invented.lost == 1 && invented.doubled == 1)
    }

    @Test("What may have happened is neither lost nor doubled, once")
    func possible() {
        let possible = Things(["b"])
        #expect(Comparison("", happened: Things(["a"]), held: Things(["a"]), possible: possible).fits)
        #expect(Comparison("", happened: Things(["a"]), held: Things(["a", "b"]), possible: possible).fits)
        // A caller who was announced and left while nobody listened.
        #expect(Comparison("", happened: Things(["a", "b"]), held: Things(["a"]), possible: possible).fits)
        #expect(
            Comparison("", happened: Things(["a"]), held: Things(["a", "b", "b"]), possible: possible).doubled == 1)
    }

    @Test("What was there before a run is not of the run")
    func before() {
        #expect(Things(["a", "a", "b"]) - Things(["a", "c"]) == Things(["a", "b"]))
    }

    private static func report(
        values: [String: Int] = [:], things: [String: Things] = [:], dials: [String: Double] = [:],
        fellThrough: Int = 0, tally: ScriptedOperator.Tally = .init()
    ) -> DemoReport {
        func outside(_ fellThrough: Int) -> DemoReport.Outside {
            DemoReport.Outside(
                exchange: .init(
                    announced: 0, liveChannels: 0, duplicateChannelIDs: 0, fellThrough: fellThrough, unheard: 0),
                mis: .init(active: 0, doubledSlots: 0, doubledVisits: 0))
        }
        return DemoReport(
            counts: SuiteCounts(values: values, things: things), before: outside(0), after: outside(fellThrough),
            evidence: .init(dials: dials), tally: tally)
    }

    @Test("A run is good when nothing is lost, doubled, late, missed, refused or unrecorded")
    func verdict() {
        #expect(Self.report().isGood(withFaults: false))
        var refused = ScriptedOperator.Tally()
        refused.failures["409 revision-differs"] = 1
        for forgivable in [
            Self.report(fellThrough: 1), Self.report(tally: refused),
            Self.report(things: ["unrecorded": Things(["call"])]),
        ] {
            #expect(!forgivable.isGood(withFaults: false) && forgivable.isGood(withFaults: true))
        }
        var unsaved = ScriptedOperator.Tally()
        unsaved.saved = [UUID()]
        for wrong in [
            Self.report(values: ["lateDials": 1]), Self.report(tally: unsaved), Self.report(values: ["parked": 1]),
            Self.report(things: ["registered": Things(["nobody saved this"])]),
        ] {
            #expect(!wrong.isGood(withFaults: true))
        }
        #expect(Self.report(values: ["lateDials": 1]).isGood(withFaults: true, mayBeLate: true))
    }

    @Test("A-11 Late is what the exchange saw late too, whatever the suite says of itself; other dials are not meant")
    func lateByTheExchange() {
        let first: [String: Things] = ["firstDial": Things(["1", "2"])]
        let report = Self.report(things: first, dials: ["dial-1": 15.2, "dial-2": 0.1, "dial-reminder": 90])
        #expect(report.late == 1 && !report.isGood(withFaults: true))
    }
}
