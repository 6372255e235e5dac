import Foundation
import NIOConcurrencyHelpers
import NIOCore

/// Runs the exchange on one event loop: gives it the time, sends what it says, calls it when it asked to be called.
///
/// Everything happens on that loop, so that events leave in the order in which they were made.
final class ExchangeHost: Sendable {
    private struct Sockets: Sendable {
        var byApplication: [String: EventSocket] = [:]
        var applications: [ObjectIdentifier: [String]] = [:]
        /// Every open one, those that were replaced included.
        var open: [ObjectIdentifier: EventSocket] = [:]
    }

    let systemName: String
    let loop: any EventLoop
    private let exchange: NIOLockedValueBox<Exchange>
    private let sockets = NIOLockedValueBox(Sockets())

    init(_ exchange: Exchange, loop: any EventLoop) {
        self.systemName = exchange.systemName
        self.loop = loop
        self.exchange = NIOLockedValueBox(exchange)
    }

    /// Changes the exchange and carries out what it wants. On the loop only.
    @discardableResult
    func perform<Result>(_ body: (inout Exchange) throws -> Result) rethrows -> Result {
        self.loop.preconditionInEventLoop()
        let (result, outputs) = try self.exchange.withLockedValue { exchange in
            exchange.now = Date()
            let result = try body(&exchange)
            return (result, exchange.drain())
        }
        if !outputs.isEmpty { self.carryOut(outputs) }
        return result
    }

    /// Events of one change leave together: one write to the network for each socket.
    private func carryOut(_ outputs: [ExchangeOutput]) {
        let sockets = self.sockets.withLockedValue { $0.byApplication }
        var written: [String: EventSocket] = [:]
        for output in outputs {
            switch output {
            case .event(let application, let text):
                guard let socket = sockets[application] else { continue }
                socket.write(text)
                written[application] = socket
            case .timer(let seconds, let timer):
                self.loop.scheduleTask(in: .microseconds(Int64(seconds * 1_000_000))) {
                    self.perform { $0.fire(timer) }
                }
            }
        }
        for socket in written.values { socket.flush() }
    }

    /// New sockets are refused: by a fault, or because the machine is away.
    var refusesSockets: Bool { self.perform { $0.faults.refusesSockets || $0.isDown } }

    /// A socket takes over its applications; a former one is told and stays open.
    func opened(_ socket: EventSocket, applications: [String], subscribeAll: Bool) {
        for name in applications {
            let replaced = self.perform { $0.connect(name, subscribeAll: subscribeAll) }
            let former = self.sockets.withLockedValue { sockets in
                let former = sockets.byApplication[name]
                sockets.byApplication[name] = socket
                if let former { sockets.applications[former.id]?.removeAll { $0 == name } }
                return former
            }
            if let replaced { former?.send(replaced) }
        }
        self.sockets.withLockedValue { sockets in
            sockets.applications[socket.id] = applications
            sockets.open[socket.id] = socket
        }
    }

    func closed(_ socket: EventSocket) {
        let applications = self.sockets.withLockedValue { sockets in
            sockets.open[socket.id] = nil
            let names = sockets.applications.removeValue(forKey: socket.id) ?? []
            for name in names { sockets.byApplication[name] = nil }
            return names
        }
        for name in applications { self.perform { $0.disconnect(name) } }
    }

    /// Breaks every event socket without a close frame, as a lost network does; the number of sockets.
    func breakSockets() -> Int {
        let sockets = self.sockets.withLockedValue { Array($0.open.values) }
        for socket in sockets { socket.channel.close(promise: nil) }
        return sockets.count
    }

    /// The exchange comes back empty; sockets break as by `breakSockets`. The number of sockets.
    func restart(downFor seconds: Double) -> Int {
        let sockets = self.sockets.withLockedValue { sockets in
            let open = Array(sockets.open.values)
            // Their end means nothing to the new exchange: an application may be back before it is noticed.
            sockets = Sockets()
            return open
        }
        self.perform { $0.restart(downFor: seconds) }
        for socket in sockets { socket.channel.close(promise: nil) }
        return sockets.count
    }
}
