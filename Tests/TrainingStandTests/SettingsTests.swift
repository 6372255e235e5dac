import ArgumentParser
import Testing

@testable import TrainingStand

@Suite struct SettingsTests {
    private func exchanges(_ arguments: [String], _ environment: [String: String] = [:]) throws -> [(Int, String)] {
        let settings = try Serve.parse(arguments).settings(environment)
        return settings.exchanges.map { ($0.port, $0.systemName) }
    }

    @Test func oneExchangeIsShownUnlessMoreAreAskedFor() throws {
        #expect(try self.exchanges([]).map(\.0) == [8088])
        let three = try self.exchanges(["--exchanges", "3"])
        #expect(three.map(\.0) == [8088, 8188, 8288])
        #expect(three.map(\.1) == ["pbx122", "pbx122b", "pbx122c"])
        let named = try self.exchanges(["--ari-port", "9000"], ["STAND_ARI_PORTS": "9001, 9002"])
        #expect(named.map(\.0) == [9000, 9001, 9002])
        #expect(try self.exchanges([], ["STAND_EXCHANGES": "2", "STAND_ARI_PORT": "0"]).map(\.0) == [0, 0])
    }

    @Test func portsThatDoNotSufficeAreRefused() {
        for arguments in [["--exchanges", "3", "--ari-ports", "1"], ["--exchanges", "27"], ["--ari-ports", "x"]] {
            #expect(throws: ValidationError.self) { _ = try self.exchanges(arguments) }
        }
    }
}
