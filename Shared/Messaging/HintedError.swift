/// An error of a parser that knows what to tell the person who typed: a request whose member it refuses is answered with
/// these words and with the member's path.
public protocol HintedError: Error {
    /// Russian, one sentence that says what to do, without the value.
    var hint: String { get }
}
