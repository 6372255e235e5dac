internal import CCurl
internal import DequeModule
internal import NIOConcurrencyHelpers

/// One request under way: what libcurl's callbacks write and the waiting tasks read.
// @unchecked: everything mutable sits in `state`, a lock; no continuation is resumed and no libcurl function called
// while it is held.
final class CurlTransfer: @unchecked Sendable {
    /// What is done with the body.
    enum Delivery: Sendable {
        /// Collected; a longer one than `maximumBytes` fails.
        case collected(maximumBytes: Int)
        /// Handed to one reader, with at most `bufferBytes` waiting.
        case streamed(maximumBytes: Int, bufferBytes: Int)
    }

    struct Head: Sendable {
        let status: Int
        let headers: [(String, String)]
    }

    private struct State {
        var isCancelled = false
        var result: Result<Void, OutboundHTTPError>?

        var status = 0
        var headers: [(String, String)] = []
        var headerBytes = 0
        var head: Head?
        var received = 0
        var collected: [UInt8] = []
        var chunks: Deque<[UInt8]> = []
        var buffered = 0
        var isWritePaused = false
        var overflowed = false

        var upload: ArraySlice<UInt8>?
        var uploaded = 0
        var uploadEnded = false
        var uploadFailed = false
        var isReadPaused = false

        var finishWaiter: CheckedContinuation<Void, Never>?
        var headWaiter: CheckedContinuation<Void, Never>?
        var chunkWaiter: CheckedContinuation<Void, Never>?
        var uploadWaiter: CheckedContinuation<Void, Never>?
        var pump: Task<Void, Never>?
    }

    static let maximumHeaderBytes = 64 << 10

    let plan: CurlPlan
    let delivery: Delivery
    let submittedAt = ContinuousClock.now
    private let loop: CurlLoop
    private let state = NIOLockedValueBox(State())

    init(_ plan: CurlPlan, delivery: Delivery, loop: CurlLoop) {
        self.plan = plan
        self.delivery = delivery
        self.loop = loop
    }

    /// Waiting for its turn counts too.
    var expiresAt: ContinuousClock.Instant { self.submittedAt.advanced(by: self.plan.deadline) }

    // MARK: The tasks' side

    /// Submits the transfer and waits for its end; cancelling the task cancels it.
    func finished() async throws(OutboundHTTPError) {
        await withTaskCancellationHandler {
            self.startPump()
            await withCheckedContinuation { continuation in
                self.state.withLockedValue { $0.finishWaiter = continuation }
                self.loop.submit(self)
            }
        } onCancel: {
            self.cancel()
        }
        try self.state.withLockedValue { $0.result ?? .success(()) }.get()
    }

    /// Submits the transfer and waits for status and headers.
    func headReceived() async throws(OutboundHTTPError) -> Head {
        await withTaskCancellationHandler {
            self.startPump()
            await withCheckedContinuation { continuation in
                self.state.withLockedValue { $0.headWaiter = continuation }
                self.loop.submit(self)
            }
        } onCancel: {
            self.cancel()
        }
        let (head, result) = self.state.withLockedValue { ($0.head, $0.result) }
        if let head { return head }
        try result?.get()
        throw OutboundHTTPError(.protocol, peer: self.plan.peer)
    }

    /// The collected body; call it once, after `finished`.
    func takeResponse() -> OutboundResponse {
        self.state.withLockedValue { state in
            defer { state.collected = [] }
            return OutboundResponse(status: state.status, headers: state.headers, body: state.collected)
        }
    }

    /// The next chunk of a streamed body, nil at its end.
    func nextChunk() async throws -> [UInt8]? {
        while true {
            try Task.checkCancellation()
            let (chunk, result, unpause) = self.state.withLockedValue { state in
                guard let chunk = state.chunks.popFirst() else { return ([UInt8]?.none, state.result, false) }
                state.buffered -= chunk.count
                // Only when empty: waking the thread for each chunk would cost more than the pause.
                let unpause = state.isWritePaused && state.chunks.isEmpty
                if unpause { state.isWritePaused = false }
                return (chunk, nil, unpause)
            }
            if unpause { self.loop.resume(self) }
            if let chunk { return chunk }
            if let result {
                try result.get()
                return nil
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let ready = self.state.withLockedValue { state in
                        if !state.chunks.isEmpty || state.result != nil || state.isCancelled { return true }
                        state.chunkWaiter = continuation
                        return false
                    }
                    if ready { continuation.resume() }
                }
            } onCancel: {
                self.cancel()
            }
        }
    }

    /// Ends the transfer as cancelled unless it has ended; from any thread.
    func cancel() {
        let waiter = self.state.withLockedValue { state -> CheckedContinuation<Void, Never>? in
            guard state.result == nil else { return nil }
            state.isCancelled = true
            defer { state.chunkWaiter = nil }
            return state.chunkWaiter
        }
        waiter?.resume()
        self.loop.cancel(self)
    }

    var isCancelled: Bool { self.state.withLockedValue { $0.isCancelled } }

    // MARK: The request's body

    private func startPump() {
        if case .bytes(let bytes) = self.plan.body {
            // For mail; an HTTP body at hand is libcurl's own copy and never read from here.
            self.state.withLockedValue { state in
                state.upload = bytes[...]
                state.uploadEnded = true
            }
        }
        guard case .stream(let length, let chunks) = self.plan.body else { return }
        let pump = Task {
            var failed = false
            do {
                for try await chunk in chunks where !chunk.isEmpty {
                    guard await self.offer(chunk) else { return }
                }
            } catch {
                // Whatever the sequence threw is the caller's own; it learns `.bodyStream`.
                failed = true
            }
            self.endUpload(failed: failed, length: length)
        }
        self.state.withLockedValue { $0.pump = pump }
    }

    /// Waits until the chunk before was taken; false when the transfer has ended.
    private func offer(_ chunk: [UInt8]) async -> Bool {
        while true {
            let (ended, stored, unpause) = self.state.withLockedValue { state in
                if state.result != nil { return (true, false, false) }
                guard state.upload == nil else { return (false, false, false) }
                state.upload = chunk[...]
                defer { state.isReadPaused = false }
                return (false, true, state.isReadPaused)
            }
            if unpause { self.loop.resume(self) }
            if ended || stored { return stored }
            await withCheckedContinuation { continuation in
                let ready = self.state.withLockedValue { state in
                    if state.result != nil || state.upload == nil { return true }
                    state.uploadWaiter = continuation
                    return false
                }
                if ready { continuation.resume() }
            }
        }
    }

    private func endUpload(failed: Bool, length: Int?) {
        let unpause = self.state.withLockedValue { state in
            let offered = state.uploaded + (state.upload?.count ?? 0)
            state.uploadEnded = true
            state.uploadFailed = failed || (length.map { $0 != offered } ?? false)
            defer { state.isReadPaused = false }
            return state.isReadPaused
        }
        if unpause { self.loop.resume(self) }
    }

    // MARK: libcurl's side, on the loop's thread

    /// A part of the request's body into `buffer`, or libcurl's words for end, pause and abort.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let (count, waiter) = self.state.withLockedValue { state -> (Int, CheckedContinuation<Void, Never>?) in
            if state.uploadFailed { return (Int(line122_curl_read_abort), nil) }
            guard var upload = state.upload else {
                if state.uploadEnded { return (0, nil) }
                state.isReadPaused = true
                return (Int(line122_curl_read_pause), nil)
            }
            let count = min(buffer.count, upload.count)
            buffer.copyBytes(from: upload.prefix(count))
            upload.removeFirst(count)
            state.uploaded += count
            if case .stream(let length?, _) = self.plan.body, state.uploaded > length {
                state.uploadFailed = true
                return (Int(line122_curl_read_abort), nil)
            }
            state.upload = upload.isEmpty ? nil : upload
            guard upload.isEmpty else { return (count, nil) }
            defer { state.uploadWaiter = nil }
            return (count, state.uploadWaiter)
        }
        waiter?.resume()
        return count
    }

    /// One header line; false ends the transfer.
    func receive(headerLine bytes: UnsafeRawBufferPointer) -> Bool {
        var line = bytes[...]
        while let last = line.last, last == UInt8(ascii: "\r") || last == UInt8(ascii: "\n") { line.removeLast() }
        let text = String(decoding: line, as: UTF8.self)
        let waiter = self.state.withLockedValue { state -> (Bool, CheckedContinuation<Void, Never>?) in
            state.headerBytes += bytes.count
            guard state.headerBytes <= Self.maximumHeaderBytes else {
                state.overflowed = true
                return (false, nil)
            }
            // What comes after the head are trailers, which nobody here asks for.
            guard state.head == nil else { return (true, nil) }
            if text.hasPrefix("HTTP/") {
                state.status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
                state.headers = []
                return (true, nil)
            }
            guard text.isEmpty else {
                if let colon = text.firstIndex(of: ":") {
                    let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
                    state.headers.append((String(text[..<colon]), String(value)))
                }
                return (true, nil)
            }
            let isRedirect = (300..<400).contains(state.status) && firstHeader("location", of: state.headers) != nil
            guard state.status >= 200, !(isRedirect && self.plan.followsRedirects) else { return (true, nil) }
            state.head = Head(status: state.status, headers: state.headers)
            defer { state.headWaiter = nil }
            return (true, state.headWaiter)
        }
        waiter.1?.resume()
        return waiter.0
    }

    /// A part of the response's body: taken, to be given again after a pause, or one byte too much.
    func receive(body bytes: UnsafeRawBufferPointer) -> Int {
        let (count, waiter) = self.state.withLockedValue { state -> (Int, CheckedContinuation<Void, Never>?) in
            switch self.delivery {
            case .collected(let maximum):
                guard state.received + bytes.count <= maximum else { break }
                state.received += bytes.count
                state.collected.append(contentsOf: bytes)
                return (bytes.count, nil)
            case .streamed(let maximum, let bufferBytes):
                guard state.received + bytes.count <= maximum else { break }
                guard state.buffered == 0 || state.buffered + bytes.count <= bufferBytes else {
                    state.isWritePaused = true
                    return (Int(line122_curl_write_pause), nil)
                }
                state.received += bytes.count
                state.buffered += bytes.count
                state.chunks.append(Array(bytes))
                defer { state.chunkWaiter = nil }
                return (bytes.count, state.chunkWaiter)
            }
            state.overflowed = true
            return (0, nil)
        }
        waiter?.resume()
        return count
    }

    /// Whether a limit of ours ended the transfer.
    var overflowed: Bool { self.state.withLockedValue { $0.overflowed } }
    var uploadFailed: Bool { self.state.withLockedValue { $0.uploadFailed } }

    /// The end, once; later calls change nothing.
    func finish(_ result: Result<Void, OutboundHTTPError>) {
        let (waiters, pump) = self.state.withLockedValue {
            state -> ([CheckedContinuation<Void, Never>?], Task<Void, Never>?) in
            guard state.result == nil else { return ([], nil) }
            state.result = result
            if state.isCancelled { state.chunks = [] }
            defer {
                state.finishWaiter = nil
                state.headWaiter = nil
                state.chunkWaiter = nil
                state.uploadWaiter = nil
                state.pump = nil
            }
            return ([state.finishWaiter, state.headWaiter, state.chunkWaiter, state.uploadWaiter], state.pump)
        }
        pump?.cancel()
        for waiter in waiters { waiter?.resume() }
    }
}
