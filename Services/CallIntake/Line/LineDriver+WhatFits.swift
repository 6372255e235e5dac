import Contracts
import Foundation
import Logging
import Metrics

/// What has happened and cannot be kept together is kept apart: no single call ends the ownership of an exchange.
extension LineDriver {
    /// Whether the rows were refused before: then it is not the order's value that is at fault.
    func isMarked(_ output: LineOutput) -> Bool { output.calls.keys.contains { self.marked[$0] != nil } }

    /// Halves what is to be kept until what the database refuses is alone. That is kept marked, or not at all, and alarmed;
    /// the line goes on with it either way. Several transactions: a crash between them is found by reading the exchange.
    /// - Returns: the channels of dials that are not kept: they may not go out, for after a crash they would again.
    func writeWhatFits(_ output: LineOutput) async throws -> Set<String> {
        let lost = try await self.keep(output.pieces[...])
        return Set(lost.flatMap(\.dials.values).map(\.channel))
    }

    private func keep(_ pieces: ArraySlice<LineOutput>) async throws -> [LineOutput] {
        guard let refusal = try await self.refusal(of: LineOutput(joining: pieces)) else { return [] }
        guard pieces.count > 1 else { return try await self.mark(pieces[pieces.startIndex], because: refusal) }
        let middle = pieces.startIndex + pieces.count / 2
        return try await self.keep(pieces[..<middle]) + self.keep(pieces[middle...])
    }

    /// - Returns: what is not kept after all.
    private func mark(_ piece: LineOutput, because refusal: any Error) async throws -> [LineOutput] {
        let fault = faultDescription(of: refusal)
        for id in piece.calls.keys { self.marked[id] = fault }
        if !piece.calls.isEmpty, try await self.refusal(of: piece) == nil {
            self.alarm("what happened to a call breaks a rule of its table; it is kept, marked", piece, fault, "marked")
            return []
        }
        var lost: [LineOutput] = []
        let parts = piece.rowsAndEvents
        for part in parts {
            if parts.count > 1, try await self.refusal(of: part) == nil { continue }
            self.alarm("the database refuses what has happened; it is not kept", part, fault, "lost")
            lost.append(part)
        }
        return lost
    }

    private func refusal(of output: LineOutput) async throws -> (any Error)? {
        do {
            try await self.write(output, faults: self.marked)
            return nil
        } catch let error where isOfValues(error) {
            return error
        }
    }

    private func alarm(_ message: Logger.Message, _ piece: LineOutput, _ fault: String, _ kind: String) {
        self.logger.error(message, metadata: ["what": "\(piece.name)", "error": "\(fault)"])
        Counter(label: "line_values_refused_total", dimensions: [("kind", kind)]).increment()
    }
}

extension ExchangeCommand {
    func dials(oneOf channels: Set<String>) -> Bool {
        guard case .dial(let channel, _, _) = self else { return false }
        return channels.contains(channel)
    }
}
