/// Something that stops `line122`: one Russian sentence that says what is wrong and what to do. Holds no secrets.
struct SuiteError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
