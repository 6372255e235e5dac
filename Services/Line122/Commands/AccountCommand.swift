import ArgumentParser
import Foundation

/// `line122 account`: who may sign in to the suite of this home; the words are those of `operator-desk account`.
struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Завести учётную запись, изменить или заблокировать её.",
        discussion: """
            Пароль читается со стандартного ввода, одна строка, не меньше 12 знаков:
              line122 account ivanova --name «Иванова Анна Петровна» --telephone 1001 < файл-с-паролем
              line122 account admin --name Администратор --role administrator --telephone 1900 < файл-с-паролем
              line122 account ivanova --block
            Все слова: operator-desk account --help
            """)

    @OptionGroup var location: HomeOptions
    @Argument(parsing: .captureForPassthrough, help: "Имя для входа и остальное.") var words: [String] = []

    func run() async throws {
        let home = self.location.suiteHome
        let state = try SuiteState.read(from: home)
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let commands = SuiteCommands(
            home: home, ports: state.ports, secrets: SecretStore(folder: home.secrets), outside: .init(),
            shape: SuiteShape(), caller: ProcessInfo.processInfo.environment,
            executables: URL(fileURLWithPath: own).deletingLastPathComponent())
        let (words, environment) = commands.account(self.words)
        // A password is never a word of a command: every user of the machine sees those.
        let password = self.words.contains("--block") ? "" : readLine().map { "\($0)\n" } ?? ""
        let result = try await Tool.run(words, environment: environment, input: password)
        let said = (result.output + result.errors).trimmingCharacters(in: .newlines)
        if !said.isEmpty { Progress().write(said) }
        guard result.exit == .code(0) else { throw ExitCode.failure }
        Progress().write("Готово")
    }
}
