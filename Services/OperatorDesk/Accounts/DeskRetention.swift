import Postgres

/// What the desk need not keep: sessions that nobody can use any more, and failures that slow nobody down.
enum DeskRetention {
    static let statements: [PostgresQuery] = [
        """
        DELETE FROM session WHERE token_digest = ANY(ARRAY(
            SELECT token_digest FROM session
            WHERE last_seen_at <= now() - make_interval(secs => \(SessionRules.idle))
               OR created_at <= now() - make_interval(secs => \(SessionRules.absolute))
            LIMIT 1000))
        """,
        """
        DELETE FROM sign_in WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM sign_in
            WHERE coalesce(failed_at < now() - make_interval(secs => \(LoginThrottle.memory)), true)
              AND coalesce(succeeded_at < now() - make_interval(secs => \(LoginThrottle.acquaintance)), true)
            LIMIT 1000))
        """,
        // Written by replicas of the version before only.
        """
        DELETE FROM login_failure WHERE last_at < now() - interval '1 day' AND key = ANY(ARRAY(
            SELECT key FROM login_failure WHERE last_at < now() - interval '1 day' LIMIT 1000))
        """,
    ]
}
