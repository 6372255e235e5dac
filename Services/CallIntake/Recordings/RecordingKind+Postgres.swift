public import Contracts
public import Postgres

extension RecordingKind: PostgresDecodable {}
