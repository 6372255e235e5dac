import Foundation

/// What would go wrong if the exchange played this file. Russian, each ends a sentence «файл …».
enum SoundCheck {
    /// Samples in a row at full scale that are heard as distortion.
    private static let clippedRun = 4

    /// - Returns: nothing when the file can be played.
    static func problems(of file: WAVFile) -> [String] {
        var problems: [String] = []
        if file.rate != WAVFile.telephoneRate {
            problems.append("записан с частотой \(file.rate) Гц, а нужно \(WAVFile.telephoneRate)")
        }
        if file.channels != 1 { problems.append("не моно, каналов: \(file.channels)") }
        let sound = Sound(file)
        if file.seconds < 0.2 { problems.append("короче 0,2 с") }
        if sound.speechLevel < Sound.amplitude(-50) { problems.append("беззвучен") }
        if Self.isClipped(file) { problems.append("искажён: громкость упирается в предел") }
        return problems
    }

    /// - Returns: nil when there is no such file.
    static func problems(of file: URL) -> [String]? {
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        do {
            return Self.problems(of: try WAVFile(contentsOf: file))
        } catch let error as WAVFile.Unreadable {
            return [error.description]
        } catch {
            return ["не читается"]
        }
    }

    private static func isClipped(_ file: WAVFile) -> Bool {
        var run = 0
        for sample in file.samples {
            run = sample == .max || sample == .min ? run + 1 : 0
            if run == Self.clippedRun { return true }
        }
        return false
    }
}
