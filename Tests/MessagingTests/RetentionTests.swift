import Foundation
import Postgres
import TestSupport
import Testing

@testable import Messaging

@Suite(.enabled(if: serversAreWanted), .serialized, .timeLimit(.minutes(10)))
struct RetentionTests {
    @Test("C-205 One of several replicas cleans, and another when that one is gone") func oneLeader() async throws {
        try await withMessagingScene { scene in
            let (first, second) = (scene.housekeeping, scene.housekeeping)
            #expect(try await first.leads())
            #expect(try await !second.leads())
            #expect(try await first.leads())
            try await scene.database.execute("UPDATE housekeeping_lease SET held_until = now() - interval '1 second'")
            #expect(try await second.leads())
            #expect(try await !first.leads())
        }
    }

    @Test("C-205 What is old is found by an index of its age, not by ranges of pages") func indexes() async throws {
        try await withMessagingScene { scene in
            let brin = try await scene.number(
                """
                SELECT count(*) FROM pg_class JOIN pg_am ON pg_am.oid = relam WHERE relkind = 'i' AND amname = 'brin'
                """)
            #expect(brin == 0)
            #expect(try await scene.number("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0)
        }
    }

    @Test("C-205 Idle subjects are forgotten, and go on without a gap when something happens again")
    func idleSubjects() async throws {
        try await withMessagingScene { scene in
            try await running([scene.relay, try scene.consumer(LedgerHandlers.orders)]) {
                for order in ["1", "2"] {
                    try await scene.announce(OrderPlaced(order, "a"), OrderPlaced(order, "b"))
                }
                try await scene.waitForLedger(4)
                try await eventually("all are sent") { try await scene.housekeeping.backlog().unsent == 0 }
                // The first was idle for 100 days, the second for 50.
                try await scene.database.runScript(
                    """
                    UPDATE outbox_subject SET told_on = current_date - CASE subject WHEN 'order/1' THEN 100 ELSE 50 END;
                    UPDATE inbox_position SET moved_on = current_date - CASE subject WHEN 'order/1' THEN 100 ELSE 50 END;
                    """)
                try await scene.housekeeping.removeOld()
                #expect(try await scene.number("SELECT count(*) FROM inbox_position") == 1)
                #expect(try await scene.number("SELECT count(*) FROM outbox_subject") == 2)
                for order in ["1", "2"] {
                    try await scene.announce(OrderPlaced(order, "c"), OrderPlaced(order, "d"))
                }
                try await scene.waitForLedger(8)
                // After more than a year the counter is forgotten too.
                try await eventually("all are sent") { try await scene.housekeeping.backlog().unsent == 0 }
                try await scene.database.runScript(
                    """
                    UPDATE outbox_subject SET told_on = current_date - 401;
                    UPDATE inbox_position SET moved_on = current_date - 401;
                    """)
                try await scene.housekeeping.removeOld()
                #expect(try await scene.number("SELECT count(*) FROM outbox_subject") == 0)
                #expect(try await scene.number("SELECT count(*) FROM inbox_position") == 0)
                try await scene.announce(OrderPlaced("1", "e"), OrderPlaced("1", "f"))
                try await scene.waitForLedger(10)
            }
            #expect(try await scene.lines("order/1") == ["a", "b", "c", "d", "e", "f"])
            #expect(try await scene.lines("order/2") == ["a", "b", "c", "d"])
            #expect(try await scene.number("SELECT count(*) FROM inbox_pending") == 0)
        }
    }

    @Test("C-205 A subject of which something waits or is parked is not idle") func inUse() async throws {
        try await withMessagingScene { scene in
            try await scene.parked.park(
                try envelope(OrderPlaced("1"), 1), because: MalformedMessage(reason: "x", description: "x"))
            try await scene.database.execute(
                Inbox.insertPending([try envelope(OrderPlaced("2"), 2)], state: "waiting"))
            try await scene.announce(OrderPlaced("3"))
            try await scene.database.runScript(
                """
                INSERT INTO inbox_position (source, subject, position) VALUES ('booking', 'order/2', 0),
                    ('booking', 'order/4', 7);
                UPDATE inbox_position SET moved_on = current_date - 1000;
                UPDATE outbox_subject SET told_on = current_date - 1000;
                """)
            try await scene.housekeeping.removeOld()
            let left: [String] = try await scene.database.query("SELECT subject FROM inbox_position ORDER BY subject")
                .map { try $0.decode("subject") }
            #expect(left == ["order/1", "order/2"])
            #expect(try await scene.number("SELECT count(*) FROM outbox_subject") == 1)
        }
    }

    @Test("C-205 An event after a pause does not wait for what was forgotten, a first one does") func order() {
        #expect(SubjectOrder.every.verdict(version: 7, position: 0, isAfterPause: true) == .handle)
        #expect(SubjectOrder.every.verdict(version: 7, position: 0) == .wait)
        #expect(SubjectOrder.every.verdict(version: 7, position: 5, isAfterPause: true) == .wait)
        #expect(SubjectOrder.every.verdict(version: 5, position: 5, isAfterPause: true) == .drop)
    }
}
