internal import CLibPQ

/// Owns a `PGconn` and closes it.
struct PostgresHandle: ~Copyable {
    let raw: OpaquePointer

    init(_ raw: OpaquePointer) { self.raw = raw }

    deinit { PQfinish(self.raw) }
}
