import Foundation

/// Sound in a RIFF WAVE file: PCM of 16 bits (Microsoft, Multimedia Data Standards Update, 1994).
struct WAVFile: Sendable, Equatable {
    /// What `sound:line122/NAME` must be for Asterisk: it reads `.wav` as 8 kHz, 16 bits, mono only (format_wav).
    static let telephoneRate = 8000

    let rate: Int
    let channels: Int
    /// −32768…32767; channels interleaved.
    let samples: [Int16]

    /// Not a sound that can be worked with; `description` is Russian and ends a sentence.
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    init(rate: Int, channels: Int = 1, samples: [Int16]) {
        self.rate = rate
        self.channels = channels
        self.samples = samples
    }

    var seconds: Double { Double(self.samples.count) / Double(max(1, self.rate * self.channels)) }

    /// - Throws: `Unreadable`.
    init(_ bytes: [UInt8]) throws {
        func number(_ offset: Int, _ width: Int) -> Int {
            (0..<width).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        func tag(_ offset: Int) -> String { String(decoding: bytes[offset..<offset + 4], as: UTF8.self) }
        guard bytes.count >= 12, tag(0) == "RIFF", tag(8) == "WAVE" else { throw Unreadable(description: "не WAV") }
        var format: (kind: Int, channels: Int, rate: Int, bits: Int)?
        var offset = 12
        while offset + 8 <= bytes.count {
            let (name, start) = (tag(offset), offset + 8)
            // Programs that write to a pipe leave the size at its maximum: the end of the file counts then.
            let size = min(number(offset + 4, 4), bytes.count - start)
            if name == "fmt ", size >= 16 {
                format = (number(start, 2), number(start + 2, 2), number(start + 4, 4), number(start + 14, 2))
            } else if name == "data" {
                guard let format else { throw Unreadable(description: "WAV без описания формата") }
                // 0xFFFE: the extensible form, whose first 16 bytes are the same.
                guard [1, 0xFFFE].contains(format.kind), format.bits == 16, format.channels > 0, format.rate > 0 else {
                    throw Unreadable(description: "не 16-битный PCM")
                }
                self.init(
                    rate: format.rate, channels: format.channels,
                    samples: stride(from: start, to: start + size - size % 2, by: 2).map {
                        Int16(truncatingIfNeeded: number($0, 2))
                    })
                return
            }
            offset = start + size + size % 2
        }
        throw Unreadable(description: "WAV без звука")
    }

    /// - Throws: `Unreadable`, or the system's error when there is no such file.
    init(contentsOf file: URL) throws {
        try self.init([UInt8](Data(contentsOf: file)))
    }

    var bytes: [UInt8] {
        func little(_ value: Int, _ width: Int) -> [UInt8] {
            (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let size = self.samples.count * 2
        return Array("RIFF".utf8) + little(36 + size, 4) + Array("WAVEfmt ".utf8) + little(16, 4) + little(1, 2)
            + little(self.channels, 2) + little(self.rate, 4) + little(self.rate * self.channels * 2, 4)
            + little(self.channels * 2, 2) + little(16, 2) + Array("data".utf8) + little(size, 4)
            + self.samples.flatMap { little(Int($0), 2) }
    }
}
