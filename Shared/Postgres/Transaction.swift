internal import NIOConcurrencyHelpers

/// Statements that take effect together. Valid inside the body it was given to; afterwards every use is refused.
///
/// `BEGIN` travels with the first statement. Statements of one transaction run one after another; after a failed one
/// the server refuses all others until the savepoint around it, or the transaction, is rolled back.
public struct Transaction: Sendable {
    let connection: PostgresConnection
    let scope: TransactionScope
    /// For the whole transaction.
    let deadline: ContinuousClock.Instant?

    static var isOverError: PostgresError {
        PostgresError(.misuse, "a transaction was used after its end")
    }

    /// Runs one statement.
    public func query(_ query: PostgresQuery) async throws -> PostgresRows {
        try await self.pipeline([query])[0]
    }

    /// Runs one statement and returns how many rows it changed or found.
    @discardableResult
    public func execute(_ query: PostgresQuery) async throws -> Int {
        try await self.query(query).affected
    }

    /// Runs statements in one flight; if one fails, those behind it are not run.
    public func pipeline(_ queries: [PostgresQuery]) async throws -> [PostgresRows] {
        guard !self.scope.isOver else { throw Self.isOverError }
        for query in queries { try query.check() }
        guard !queries.isEmpty else { return [] }
        return try await self.connection.run(.batch(queries), deadline: self.nextDeadline, scope: self.scope)
    }

    /// Runs statements with the next flight, or with COMMIT: for writes whose answer nobody reads. What they find
    /// wrong is thrown from there.
    public func queue(_ queries: [PostgresQuery]) throws {
        guard !self.scope.isOver else { throw Self.isOverError }
        for query in queries { try query.check() }
        self.scope.add(queries)
    }

    /// Copies rows into a table with `COPY … FROM STDIN (FORMAT binary)`, which is faster than INSERT for many rows.
    ///
    /// The binary form must be that of the column: `Int` only fits `bigint`, `Int32` only `integer`. All rows are
    /// encoded in memory first.
    /// - Parameters:
    ///   - table: a plain or schema-qualified name; quoted here.
    ///   - rows: one value for each column, in the order of `columns`.
    /// - Returns: how many rows were copied.
    @discardableResult
    public func copyIn(
        into table: String, columns: [String], rows: some Sequence<[any PostgresEncodable]>
    ) async throws -> Int {
        var buffer = PostgresBuffer()
        // PostgreSQL manual, COPY, "Binary Format". The buffer's own first byte is dropped.
        buffer.bytes = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00]
        buffer.write(Int32(0))
        buffer.write(Int32(0))
        for row in rows {
            guard row.count == columns.count else {
                throw PostgresError(.misuse, "a COPY row has \(row.count) values for \(columns.count) columns")
            }
            buffer.write(Int16(clamping: row.count))
            for value in row { buffer.writeLengthPrefixed(value) }
        }
        buffer.write(Int16(-1))
        if let failure = buffer.failure { throw failure }

        func quoted(_ name: some StringProtocol) -> String {
            "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
        }
        let target = table.split(separator: ".").map(quoted).joined(separator: ".")
        let list = columns.map(quoted).joined(separator: ", ")
        guard !self.scope.isOver else { throw Self.isOverError }
        if self.scope.hasPending {
            _ = try await self.connection.run(.batch([]), deadline: self.nextDeadline, scope: self.scope)
        }
        let answer = try await self.connection.run(
            .copy(PostgresQuery(unsafeSQL: "COPY \(target) (\(list)) FROM STDIN (FORMAT binary)"), data: buffer.bytes),
            deadline: self.nextDeadline, scope: self.scope)
        return answer.last?.affected ?? 0
    }

    /// Runs `body` inside a savepoint: when it throws, what it did is undone and the transaction can go on.
    ///
    /// The savepoint travels with the first statement of `body`. Do not run two savepoints at the same time.
    @discardableResult
    public nonisolated(nonsending) func savepoint<R>(
        _ body: nonisolated(nonsending) (Transaction) async throws -> R
    ) async throws -> R {
        guard !self.scope.isOver else { throw Self.isOverError }
        let id = self.scope.addSavepoint()
        do {
            let result = try await body(self)
            if !self.scope.removeSavepoint(id) {
                // What still waits belongs inside, and goes first.
                try await self.control(["RELEASE SAVEPOINT s\(unsafeSQL: String(id))"])
            }
            return result
        } catch {
            if !self.scope.undo(to: id) {
                // Of what went out with it an earlier statement may have failed, so that it was never made. If this
                // fails the transaction stays failed, and the server refuses its COMMIT; why it failed is told by `error`.
                try? await self.control([
                    "ROLLBACK TO SAVEPOINT s\(unsafeSQL: String(id))", "RELEASE SAVEPOINT s\(unsafeSQL: String(id))",
                ])
            }
            throw error
        }
    }

    /// Must run even when the task is cancelled.
    private func control(_ queries: [PostgresQuery]) async throws {
        _ = try await self.connection.run(
            .batch(queries), deadline: self.nextDeadline, isCancellable: false, scope: self.scope)
    }

    /// Ends the transaction for good.
    func commit() async throws {
        guard self.scope.hasWork else { return self.scope.end() }
        try Task.checkCancellation()
        let tag: String
        do {
            tag = try await self.connection.finish(
                self.scope.takePending() + ["COMMIT"], scope: self.scope, deadline: self.nextDeadline)
        } catch var error as PostgresError where error.kind == .connectionLost {
            error.outcomeIsUnknown = true
            throw error
        } catch let error as PostgresError where error.kind == .server {
            self.scope.reopen()
            throw error
        }
        guard tag == "COMMIT" else {
            throw PostgresError(.transactionAborted, "a statement had failed, so the transaction was rolled back")
        }
    }

    /// Undoes what is left, even in a cancelled task. A connection that cannot be rolled back is closed.
    func rollback() async {
        let isOpen = self.connection.status.withLockedValue { $0.isOpen && $0.isInTransaction || $0.isTainted }
        guard self.scope.hasBegun, isOpen else { return self.scope.end() }
        guard !self.scope.isOver else { return await self.connection.close() }
        do {
            _ = try await self.connection.finish(
                ["ROLLBACK"], scope: self.scope, deadline: .now + self.connection.settings.cancelTimeout)
        } catch {
            // The next user must never see this transaction: the server undoes it when the connection is gone.
            await self.connection.close()
        }
    }

    private var nextDeadline: ContinuousClock.Instant {
        let own = ContinuousClock.now + self.connection.settings.statementTimeout
        return self.deadline.map { min($0, own) } ?? own
    }
}
