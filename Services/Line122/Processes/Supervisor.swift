import Foundation

/// Keeps one program running until it is told to stop.
actor Supervisor {
    nonisolated let name: String
    private let command: ChildCommand
    private let home: SuiteHome
    private let progress: Progress
    private var child: ChildProcess?
    private var runner: Task<Void, Never>?
    private var isStopping = false
    private var lastExit: ChildProcess.Exit?

    init(_ command: ChildCommand, home: SuiteHome, progress: Progress) {
        self.name = command.name
        self.command = command
        self.home = home
        self.progress = progress
    }

    /// Starts the program; from now on it is started again whenever it dies.
    func start() throws {
        guard self.runner == nil else { return }
        let first = try ChildProcess(self.command, home: self.home)
        self.child = first
        self.runner = Task { await self.supervise(first) }
    }

    /// How the program ended last, if it ever did.
    var exit: ChildProcess.Exit? { self.lastExit }

    /// Asks the program to end, waits, and kills its group if it does not.
    func stop() async {
        self.isStopping = true
        self.runner?.cancel()
        if let child = self.child, let identity = child.identity {
            identity.signal(self.command.stopSignal)
            if await !identity.waitUntilGone(self.command.stopDeadline) {
                self.progress.say(
                    "\(self.name): не остановился за \(self.command.stopDeadline.components.seconds) с, завершён принудительно"
                )
                identity.signalGroup(SIGKILL)
            }
            _ = await child.waitForExit()
        }
        await self.runner?.value
        // A pid file that stays names a process that is gone: harmless.
        try? PidFiles(self.home).remove(self.name)
    }

    /// Kills the program and its group at once.
    func kill() {
        self.isStopping = true
        self.runner?.cancel()
        self.child?.identity?.signalGroup(SIGKILL)
    }

    private func supervise(_ first: ChildProcess) async {
        let clock = ContinuousClock()
        var rule = RestartRule()
        var next: ChildProcess? = first
        while !self.isStopping {
            let started = clock.now
            if let child = next {
                let exit = await child.waitForExit()
                self.lastExit = exit
                self.child = nil
                if self.isStopping { return }
                self.progress.say("\(self.name): завершился (\(exit)), журнал \(self.home.log(of: self.name).path)")
            }
            let pause = rule.pause(after: started.duration(to: clock.now))
            // Cancelled means that we are stopping: nothing is started any more.
            do { try await Task.sleep(for: pause) } catch { return }
            if self.isStopping { return }
            do {
                next = try ChildProcess(self.command, home: self.home)
                self.child = next
                self.progress.say("\(self.name): запущен снова")
            } catch {
                next = nil
                self.progress.say("\(self.name): не удалось запустить снова, пробуем ещё: \(error)")
            }
        }
    }
}
