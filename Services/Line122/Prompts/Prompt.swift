/// One sound that the line plays to callers or operators.
struct Prompt: Codable, Sendable, Equatable {
    /// A piece of a tone. `hertz` 0 is a pause.
    struct Tone: Codable, Sendable, Equatable {
        let hertz: Int
        let milliseconds: Int
    }

    /// What the exchange plays as `sound:line122/NAME`: small letters, digits and hyphens.
    let name: String
    /// What people read: digits, punctuation, no marks.
    let text: String
    /// What the voice says where that differs: numbers as words, `+` before the stressed vowel of a word that the voice
    /// stresses wrongly (`здор+овы`), which is the way of both festvox-ru and RHVoice.
    var spoken: String?
    /// A signal instead of speech; `text` then describes it.
    var tone: [Tone]?
    /// When the line plays it.
    let purpose: String

    var words: String { self.spoken ?? self.text }
}
