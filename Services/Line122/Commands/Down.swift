import ArgumentParser
import Foundation

/// `line122 down`: stops a running `line122 up`.
struct Down: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Остановить запущенное line122 up; данные остаются.")

    @OptionGroup var location: HomeOptions

    func run() async throws {
        let state = try SuiteState.read(from: self.location.suiteHome)
        state.process.signal(SIGTERM)
        guard await state.process.waitUntilGone(.seconds(60)) else {
            throw SuiteError("line122 (процесс \(state.process.pid)) не остановился за 60 с")
        }
    }
}
