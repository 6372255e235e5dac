import Foundation
import Messaging
import Testing

/// How long a loop over due rows waits, whatever the clocks do.
@Suite struct DueWorkTests {
    @Test("C-01 A clock that jumps makes neither a busy loop nor a wait beyond the limit")
    func clockSteps() {
        let now = Date()
        // The service's clock is ahead of the database's, by a little or an hour: the row counts as due here and not there.
        for seconds in [0.0, -0.2, -3600] {
            #expect(DueWork.pause(until: now.addingTimeInterval(seconds), atMost: 10) == .milliseconds(5))
        }
        // It is behind: the row is looked at again within the limit.
        #expect(DueWork.pause(until: now.addingTimeInterval(3600), atMost: 10) == .seconds(10))
        #expect(DueWork.pause(until: nil, atMost: 10) == .seconds(10))
        let at = Date().addingTimeInterval(2)
        let soon = DueWork.pause(until: at, atMost: 10)
        // However long the machine took for it.
        #expect(soon >= .seconds(at.timeIntervalSinceNow - 0.002) && soon <= .seconds(2))
    }
}
