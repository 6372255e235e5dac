import Foundation

/// What to start, and how.
struct ChildCommand: Sendable {
    /// Names the pid file and the log.
    let name: String
    let executable: String
    var arguments: [String] = []
    /// The whole environment of the child.
    var environment: [String: String] = [:]
    var user = ServerUser.caller
    /// What asks the process to end in good order.
    var stopSignal = SIGTERM
    /// How long it may take for that before it is killed.
    var stopDeadline = Duration.seconds(10)

    /// The words that are executed. Each of them replaces the one before, so that the process id is the program's own:
    /// env(1) undoes the ignored signals that we would pass on, sh(1) opens the log for appending (it may be rotated
    /// by copying) while still in our rights, setpriv(1) drops them.
    func words(logFile: String) -> [String] {
        ["/usr/bin/env", "--default-signal=HUP,INT,QUIT,TERM,PIPE"]
            + ["/bin/sh", "-c", "umask 077; exec \"$@\" >>\"$0\" 2>&1 </dev/null", logFile]
            + self.user.prefix + [self.executable] + self.arguments
    }
}
