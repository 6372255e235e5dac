import CoreMetrics
import ServiceSupport
import Testing

struct MetricsTests {
    /// The samples by name and labels; fails on a line that is neither a sample nor a TYPE.
    private static func samples(_ text: String) throws -> [String: String] {
        var samples: [String: String] = [:]
        var types: Set<Substring> = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") {
                let parts = line.split(separator: " ")
                #expect(parts.count == 4 && ["counter", "gauge", "histogram"].contains(parts[3]))
                #expect(types.insert(parts[2]).inserted, "\(parts[2]) has two TYPE lines")
                continue
            }
            let match = try #require(
                try #/^([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{.*\})?) (\S+)$/#.wholeMatch(in: line), "\(line)")
            #expect(samples.updateValue(String(match.2), forKey: String(match.1)) == nil, "\(line)")
        }
        #expect(text.hasSuffix("\n"))
        return samples
    }

    @Test func countersGaugesAndTheirLabelsAreRendered() throws {
        let metrics = PrometheusMetrics()
        metrics.makeCounter(label: "calls_total", dimensions: [("queue", "a"), ("line", "1")]).increment(by: 2)
        metrics.makeCounter(label: "calls_total", dimensions: [("line", "1"), ("queue", "a")]).increment(by: 3)
        metrics.makeCounter(label: "calls_total", dimensions: [("line", "2"), ("queue", "a")]).increment(by: 1)
        metrics.makeMeter(label: "outbox.waiting", dimensions: []).set(0.5)
        metrics.makeRecorder(label: "9lives", dimensions: [], aggregate: false).record(Double.infinity)
        metrics.makeRecorder(label: "not.a.number", dimensions: [], aggregate: false).record(Double.nan)
        let samples = try Self.samples(metrics.render())
        #expect(samples[#"calls_total{line="1",queue="a"}"#] == "5")
        #expect(samples[#"calls_total{line="2",queue="a"}"#] == "1")
        #expect(samples["outbox_waiting"] == "0.5")
        #expect(samples["_9lives"] == "+Inf")
        #expect(samples["not_a_number"] == "NaN")
    }

    @Test func labelValuesAreEscaped() throws {
        let metrics = PrometheusMetrics()
        metrics.makeCounter(label: "c", dimensions: [("k-1", "a\"b\\c\nd")]).increment(by: 1)
        #expect(metrics.render().contains(#"c{k_1="a\"b\\c\nd"} 1"#))
    }

    @Test func namesThatAreShownAlikeAreOneFamily() throws {
        let metrics = PrometheusMetrics()
        metrics.makeCounter(label: "a.b", dimensions: [("x", "1")]).increment(by: 1)
        metrics.makeCounter(label: "a_b", dimensions: [("x", "2")]).increment(by: 1)
        let samples = try Self.samples(metrics.render())
        #expect(samples[#"a_b{x="1"}"#] == "1" && samples[#"a_b{x="2"}"#] == "1")
    }

    @Test func aTimerIsAHistogramInSeconds() throws {
        let metrics = PrometheusMetrics()
        let timer = metrics.makeTimer(label: "request_seconds", dimensions: [("route", "/x")])
        for nanoseconds: Int64 in [500_000, 1_000_000, 40_000_000, 60_000_000_000] {
            timer.recordNanoseconds(nanoseconds)
        }
        let samples = try Self.samples(metrics.render())
        #expect(samples[#"request_seconds_bucket{route="/x",le="0.001"}"#] == "2")
        #expect(samples[#"request_seconds_bucket{route="/x",le="0.025"}"#] == "2")
        #expect(samples[#"request_seconds_bucket{route="/x",le="0.05"}"#] == "3")
        #expect(samples[#"request_seconds_bucket{route="/x",le="30"}"#] == "3")
        #expect(samples[#"request_seconds_bucket{route="/x",le="+Inf"}"#] == "4")
        #expect(samples[#"request_seconds_count{route="/x"}"#] == "4")
        let sum = try #require(samples[#"request_seconds_sum{route="/x"}"#].flatMap(Double.init))
        #expect(abs(sum - 60.0415) < 1e-9)
    }

    @Test func manyTasksLoseNoCount() async throws {
        let metrics = PrometheusMetrics()
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 { metrics.makeCounter(label: "n", dimensions: []).increment(by: 1) }
                }
            }
        }
        #expect(try Self.samples(metrics.render())["n"] == "8000")
    }

    @Test func theProcessShowsItsOwnFigures() throws {
        let samples = try Self.samples(PrometheusMetrics().render())
        #expect(try #require(samples["process_resident_memory_bytes"].flatMap(Double.init)) > 1_000_000)
        #expect(try #require(samples["process_open_fds"].flatMap(Double.init)) >= 3)
        #expect(try #require(samples["process_cpu_seconds_total"].flatMap(Double.init)) >= 0)
    }
}
