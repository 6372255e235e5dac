import Testing
import Vocabulary

@Suite struct TypedTextTests {
    @Test(
        "E-408 A text without a letter and a digit says nothing, however many marks stand in it",
        arguments: ["", " \u{2800}", "\u{200B}", "\u{1D159}", "\u{301}", "\u{E000}", "\u{3164}", "…?!", "—"])
    func wordless(_ text: String) { #expect(TypedText.isWordless(text)) }

    @Test(arguments: ["боль", "38", "Ё!", "й\u{301}", "痛"])
    func words(_ text: String) { #expect(!TypedText.isWordless(text)) }
}
