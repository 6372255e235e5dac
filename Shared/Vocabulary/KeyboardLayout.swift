/// Latin letters in a Russian name: typed with the wrong layout, or look-alikes that came with a paste.
enum KeyboardLayout {
    static func isLatin(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }

    static func isCyrillic(_ scalar: Unicode.Scalar) -> Bool { ("\u{400}"..."\u{4FF}").contains(scalar) }

    /// What may have been meant; nil when nothing Russian comes of it.
    static func suggestion(for name: String, _ warning: InputWarning) -> String? {
        switch warning {
        case .latinLetters: Self.typedInRussian(name)
        case .mixedLetters: Self.withoutLookalikes(name)
        default: nil
        }
    }

    /// The same keys in the Russian layout, when that reads more like a Russian word than what stands there.
    private static func typedInRussian(_ name: String) -> String? {
        let russian = String(name.map { Self.keys[$0] ?? $0 })
        let vowels = russian.count { "аеёиоуыэюяАЕЁИОУЫЭЮЯ".contains($0) }
        let latinVowels = name.count { "aeiouyAEIOUY".contains($0) }
        guard vowels > latinVowels, vowels * 4 >= russian.count, !"ъыьЪЫЬ".contains(russian.first ?? "ъ"),
            !russian.unicodeScalars.contains(where: Self.isLatin)
        else { return nil }
        return russian
    }

    private static func withoutLookalikes(_ name: String) -> String? {
        let russian = String(name.map { Self.lookalikes[$0] ?? $0 })
        return russian.unicodeScalars.contains(where: Self.isLatin) ? nil : russian
    }

    private static let keys = Dictionary(
        uniqueKeysWithValues: zip(
            "qwertyuiopasdfghjklzxcvbnmQWERTYUIOPASDFGHJKLZXCVBNM",
            "йцукенгшщзфывапролдячсмитьЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ"))

    private static let lookalikes = Dictionary(
        uniqueKeysWithValues: zip("acekopxyABCEHKMOPTXY", "асекорхуАВСЕНКМОРТХУ"))
}
