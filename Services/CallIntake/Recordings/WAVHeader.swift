/// What the beginning of a RIFF/WAVE file says of its sound (Microsoft, "Multimedia Programming Interface and Data
/// Specifications 1.0", 1991).
struct WAVHeader: Sendable, Equatable {
    /// Bytes enough to find the data in what exchanges write; `chan_wav` of Asterisk writes 44.
    static let searched = 4096

    let bytesPerSecond: Int
    /// Where the samples begin.
    let dataOffset: Int
    /// The length of the samples as written; a recorder that was cut off leaves 0 or 0xFFFFFFFF.
    let dataBytes: Int

    /// Nil when these are not the first bytes of such a file.
    init?(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes.prefix(Self.searched))
        func number(_ offset: Int) -> Int {
            (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        func isMark(_ text: String, _ offset: Int) -> Bool { bytes[offset..<offset + 4].elementsEqual(text.utf8) }
        guard bytes.count >= 12, isMark("RIFF", 0), isMark("WAVE", 8) else { return nil }
        var offset = 12
        var rate: Int?
        while offset + 8 <= bytes.count {
            let length = number(offset + 4)
            if isMark("fmt ", offset), offset + 20 <= bytes.count {
                rate = number(offset + 16)
            } else if isMark("data", offset) {
                guard let rate, rate > 0 else { return nil }
                self.bytesPerSecond = rate
                self.dataOffset = offset + 8
                self.dataBytes = length
                return
            }
            // A chunk of odd length is followed by a byte that does not count.
            offset += 8 + length + length % 2
        }
        return nil
    }

    /// Milliseconds of a file of `size` bytes: what is there counts, when the header promises more or nothing.
    func duration(fileBytes size: Int) -> Int {
        let there = max(0, size - self.dataOffset)
        let bytes = self.dataBytes == 0 || self.dataBytes > there ? there : self.dataBytes
        return bytes * 1000 / self.bytesPerSecond
    }
}
