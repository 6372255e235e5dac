public import CoreMetrics
internal import Foundation
internal import NIOConcurrencyHelpers

/// Collects what is measured through swift-metrics and renders it in Prometheus' text format.
///
/// Counters stay counters, recorders and meters are gauges, timers are histograms in seconds.
public final class PrometheusMetrics: MetricsFactory, Sendable {
    private struct Key: Hashable {
        let label: String
        let dimensions: [String]
    }

    private enum Metric: Sendable {
        case number(NumberMetric, kind: String)
        case histogram(HistogramMetric)
    }

    private let metrics = NIOLockedValueBox<[Key: (labels: [(String, String)], metric: Metric)]>([:])

    public init() {}

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        self.number(label, dimensions, kind: "counter")
    }
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        self.number(label, dimensions, kind: "counter")
    }
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        self.number(label, dimensions, kind: "gauge")
    }
    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        self.number(label, dimensions, kind: "gauge")
    }
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let metric = self.metric(label, dimensions) { .histogram(HistogramMetric()) }
        if case .histogram(let histogram) = metric { return histogram }
        return HistogramMetric()
    }
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    private func number(_ label: String, _ dimensions: [(String, String)], kind: String) -> NumberMetric {
        let metric = self.metric(label, dimensions) { .number(NumberMetric(), kind: kind) }
        if case .number(let number, _) = metric { return number }
        return NumberMetric()
    }

    private func metric(_ label: String, _ dimensions: [(String, String)], _ make: () -> Metric) -> Metric {
        let labels = dimensions.sorted { $0.0 < $1.0 }
        let key = Key(label: label, dimensions: labels.flatMap { [$0.0, $0.1] })
        return self.metrics.withLockedValue { metrics in
            if let known = metrics[key] { return known.metric }
            let metric = make()
            metrics[key] = (labels, metric)
            return metric
        }
    }

    /// The text for `GET /metrics`, the process's own figures included.
    public func render() -> String {
        // By the name that is shown: "a.b" and "a_b" are one family, and a family has one TYPE line.
        let families = Dictionary(grouping: self.metrics.withLockedValue { Array($0) }) { Self.name($0.key.label) }
        var text = ProcessFigures.read().render()
        for (name, members) in families.sorted(by: { $0.key < $1.key }) {
            for (index, member) in members.sorted(by: { $0.key.dimensions.lexicographicallyPrecedes($1.key.dimensions) }
            )
            .enumerated() {
                switch member.value.metric {
                case .number(let number, let kind):
                    if index == 0 { text += "# TYPE \(name) \(kind)\n" }
                    text += "\(name)\(Self.labels(member.value.labels)) \(Self.number(number.value))\n"
                case .histogram(let histogram):
                    if index == 0 { text += "# TYPE \(name) histogram\n" }
                    text += histogram.render(name: name, labels: member.value.labels)
                }
            }
        }
        return text
    }

    static func labels(_ labels: [(String, String)]) -> String {
        guard !labels.isEmpty else { return "" }
        let pairs = labels.map { name, value in
            let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            return "\(self.name(name))=\"\(escaped)\""
        }
        return "{\(pairs.joined(separator: ","))}"
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    /// What the format allows; a name may not begin with a digit.
    private static func name(_ label: String) -> String {
        let name = String(label.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") ? $0 : "_" })
        return name.first.map(\.isNumber) ?? true ? "_" + name : name
    }
}

/// A number that goes up, or up and down.
final class NumberMetric: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, Sendable {
    private let box = NIOLockedValueBox(0.0)
    var value: Double { self.box.withLockedValue { $0 } }
    func increment(by amount: Int64) { self.box.withLockedValue { $0 += Double(amount) } }
    func increment(by amount: Double) { self.box.withLockedValue { $0 += amount } }
    func decrement(by amount: Double) { self.box.withLockedValue { $0 -= amount } }
    func set(_ value: Int64) { self.box.withLockedValue { $0 = Double(value) } }
    func set(_ value: Double) { self.box.withLockedValue { $0 = value } }
    func record(_ value: Int64) { self.set(value) }
    func record(_ value: Double) { self.set(value) }
    func reset() { self.set(0.0) }
}

/// How long something takes, in buckets from 1 ms to 30 s.
final class HistogramMetric: TimerHandler, Sendable {
    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
    private struct State {
        var counts = [Int](repeating: 0, count: HistogramMetric.bounds.count + 1)
        var sum = 0.0
    }
    private let state = NIOLockedValueBox(State())

    func recordNanoseconds(_ duration: Int64) {
        let seconds = Double(duration) / 1e9
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        self.state.withLockedValue {
            $0.counts[bucket] += 1
            $0.sum += seconds
        }
    }

    func render(name: String, labels: [(String, String)]) -> String {
        let state = self.state.withLockedValue { $0 }
        var text = ""
        var total = 0
        for (bound, count) in zip(Self.bounds.map { PrometheusMetrics.number($0) } + ["+Inf"], state.counts) {
            total += count
            text += "\(name)_bucket\(PrometheusMetrics.labels(labels + [("le", bound)])) \(total)\n"
        }
        let own = PrometheusMetrics.labels(labels)
        return text + "\(name)_sum\(own) \(PrometheusMetrics.number(state.sum))\n\(name)_count\(own) \(total)\n"
    }
}

/// What the kernel knows of this process.
struct ProcessFigures {
    var residentBytes = 0
    var openDescriptors = 0
    var processorSeconds = 0.0

    static func read() -> ProcessFigures {
        var figures = ProcessFigures()
        if let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        {
            figures.residentBytes = pages * Int(sysconf(Int32(_SC_PAGESIZE)))
        }
        figures.openDescriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
        // Fields 14 and 15 are ticks in user and kernel mode; the name in brackets before them may hold spaces.
        if let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let fields = text.split(separator: ")").last?.split(separator: " "), fields.count > 12,
            let user = Double(fields[11]), let kernel = Double(fields[12])
        {
            figures.processorSeconds = (user + kernel) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
        return figures
    }

    func render() -> String {
        """
        # TYPE process_resident_memory_bytes gauge
        process_resident_memory_bytes \(self.residentBytes)
        # TYPE process_open_fds gauge
        process_open_fds \(self.openDescriptors)
        # TYPE process_cpu_seconds_total counter
        process_cpu_seconds_total \(PrometheusMetrics.number(self.processorSeconds))

        """
    }
}
