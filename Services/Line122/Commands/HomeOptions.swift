import ArgumentParser

/// Which installation a command is about.
struct HomeOptions: ParsableArguments {
    @Option(help: "Папка с данными; для root /var/lib/line122, иначе ~/.local/share/line122.")
    var home: String?

    var suiteHome: SuiteHome { SuiteHome(path: self.home) }
}
