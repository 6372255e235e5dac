// Reading what was typed or pasted. Each reader gives {value} (null for empty), with {warning} and perhaps a
// {suggestion} when something about it is odd, or {error}: one sentence that says what to do.
// The rules are those of Vocabulary, and the services apply them again: Tests/Fixtures/values/cases.json is read by both.
import { now } from "./api.js";
import { isoDay } from "./format.js";

const good = (value, warning, suggestion) =>
    ({ value, ...(warning && { warning }), ...(suggestion && { suggestion }) });
const bad = (error) => ({ error });
const ignorable = /\p{Default_Ignorable_Code_Point}/gu;
const separator = /[\s\u0085\u2800\-‐‑‒–—−().]/u;
const separators = /[\s\u0085\u2800\-‐‑‒–—−().]/gu;
const digitsOnly = (text) => text.replace(separators, "");
const isDigits = (text) => /^\d*$/.test(text);

/** The text without the marks that have neither shape nor width and come along with a paste. */
export const visible = (text) => text.replace(ignorable, "");

/** Whether nobody could read anything in it. */
export const isBlank = (text) => /^[\s\u0085\u2800]*$/u.test(visible(text));

/** Visible text without blanks around it and without the words people put before a value: «СНИЛС: …». */
function body(text, labels) {
    const label = new RegExp(`^(?:${labels.join("|")})(?!\\p{L})`, "iu");
    let rest = visible(text);
    for (;;) {
        rest = rest.replace(/^[\s.:№]+|[\s.:№]+$/gu, "");
        const found = label.exec(rest);
        if (!found) return rest;
        rest = rest.slice(found[0].length);
    }
}

// MARK: Birthday

const months = [/^янв/, /^фев/, /^мар/, /^апр/, /^ма[йя]/, /^июн/, /^июл/, /^авг/, /^сен/, /^окт/, /^ноя/, /^дек/];
// Years. The longest life that is proven lasted 122; a register may be wrong by a few.
const longestLife = 130;

/** The region's day, `2026-11-30`, by the clock of the server. */
export const regionToday = () => isoDay(now());

/**
 * Reads `01.02.1980`, `1/2/80`, `01021980`, `010280`, `1980-02-01`, `1 февраля 1980 г.р.`; value is `1980-02-01`.
 * @param today the region's day, `2026-11-30`
 */
export function readBirthDate(text, today = regionToday()) {
    const typed = visible(text).toLowerCase();
    if (isBlank(typed)) return good(null);
    const parts = dateParts(typed);
    if (!parts) return bad("Укажите дату в виде ДД.ММ.ГГГГ.");
    const { day, month, year, length } = parts;
    const thisYear = Number(today.slice(0, 4));
    let fullYear = year;
    let warning;
    if (length === 2) {
        const young = isoDate(2000 + year, month, day);
        const isYoung = young !== null && young <= today;
        fullYear += isYoung ? 2000 : 1900;
        if (isYoung && 1900 + year >= thisYear - longestLife) warning = "Год записан двумя цифрами: проверьте век.";
    }
    const date = isoDate(fullYear, month, day);
    if (date === null) return bad("Такой даты нет: проверьте день, месяц и год.");
    if (date > today) return bad("Дата рождения ещё не наступила: проверьте год.");
    if (fullYear < thisYear - longestLife) {
        return bad(`Проверьте год рождения: прошло больше ${longestLife} лет.`);
    }
    return good(date, warning);
}

/** Day, month and year as they were typed, not checked yet; null when it is no date. */
function dateParts(text) {
    if (!/^[\d\p{L}\s\u0085\u2800\-‐‑‒–—−().,/]*$/u.test(text)) return null;
    const words = (text.match(/\d+|\p{L}+/gu) ?? []).filter((word) => !/^(г|гр|р|год|года|рождения)$/.test(word));
    const numbers = words.map((word) => isDigits(word) ? Number(word) : null);
    const lengths = words.map((word) => word.length);
    if (words.length === 1 && numbers[0] !== null && (lengths[0] === 8 || lengths[0] === 6)) {
        const [day, month, year] = [words[0].slice(0, 2), words[0].slice(2, 4), words[0].slice(4)];
        return { day: Number(day), month: Number(month), year: Number(year), length: year.length };
    }
    if (words.length !== 3 || numbers[0] === null || numbers[2] === null) return null;
    const named = numbers[1] === null ? months.findIndex((start) => start.test(words[1])) + 1 : 0;
    const month = numbers[1] ?? named;
    const isMonth = numbers[1] === null ? named > 0 : lengths[1] <= 2;
    if (lengths[0] === 4 && numbers[1] !== null && isMonth && lengths[2] <= 2) {
        return { day: numbers[2], month, year: numbers[0], length: 4 };
    }
    if (lengths[0] <= 2 && isMonth && (lengths[2] === 4 || lengths[2] === 2)) {
        return { day: numbers[0], month, year: numbers[2], length: lengths[2] };
    }
    return null;
}

/** `1980-02-01`, or null when there is no such day. */
function isoDate(year, month, day) {
    const date = new Date(0);
    date.setUTCFullYear(year, month - 1, day);
    if (year < 1 || date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) {
        return null;
    }
    const padded = (number, width) => String(number).padStart(width, "0");
    return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
}

/** Whole years at a day; both are written `1980-02-01`. */
export function age(stored, today = regionToday()) {
    const years = Number(today.slice(0, 4)) - Number(stored.slice(0, 4));
    return today.slice(5) >= stored.slice(5) ? years : years - 1;
}

// MARK: Telephone

const phoneLabels = ["телефон", "тел", "мобильный", "моб", "сотовый", "сот", "номер", "tel", "т"];
const extensionMarks = [";ext=", "добавочный", "доб", "внутренний", "внутр", "вн\\.", "ext", "#"]
    .map((mark) => new RegExp(mark, "iu"));
// The first digits of the Russian codes that begin with 8, those of them that are as well an 8 and the beginning of
// another code, and the country codes that begin with 8: see NumberingPlan in Vocabulary.
const codesWith8 = new Set(
    ("800 801 802 803 804 805 806 807 808 809 811 812 813 814 815 816 817 818 820 821 831 833 834 835 836 841 842 843 844 "
        + "845 846 847 848 851 855 861 862 863 865 866 867 869 871 872 873 877 878 879").split(" "));
const ambiguousCodesWith8 = new Set("834 835 836 841 842 847 848".split(" "));
const foreignCodeWith8 = /^(?:81|82|84|86|850|852|853|855|856|870|878|880|881|882|883|886|888)(?!0)/;

const digitsMissing = "В номере телефона не хватает цифр: нужно 10 цифр после 8 или +7.";
const tooManyDigits = "В номере телефона лишние цифры: нужно 10 цифр после 8 или +7.";

/** 8, +7 and 7 are the same number; digits that are missing are never made up for. Value is `+78452411327`, `112`. */
export function readPhone(text) {
    if (isBlank(text)) return good(null);
    const parts = phoneParts(body(text, phoneLabels));
    if (parts.length === 0) return bad("Укажите номер телефона.");
    const numbered = parts.find((part) => /\d/.test(part)) ?? parts[0];
    const [withWords, extension] = splitExtension(numbered);
    const bare = withoutWords(withWords);
    const typed = typedDigits(bare);
    if (typed.error) return typed;
    const read = typed.isInternational ? international(typed) : domestic(typed);
    if (read.error) return read;
    const isRestDropped = parts.length > 1 || bare.length < withWords.length;
    return good(
        read.value + (extension ? `;ext=${extension}` : ""),
        isRestDropped ? "Взят только первый номер: остальное запишите в «Суть вопроса»." : read.warning);
}

/** Several numbers in one paste; an extension stays with its number. */
function phoneParts(text) {
    const parts = [];
    for (const part of text.replace(/;ext=/giu, " доб. ").split(/[,;/|\\\r\n]| и | или /iu)) {
        const trimmed = part.trim();
        if (/^доб/iu.test(trimmed) && parts.length > 0) parts.push(`${parts.pop()} ${trimmed}`);
        else if (trimmed !== "") parts.push(trimmed);
    }
    return parts;
}

function splitExtension(text) {
    for (const mark of extensionMarks) {
        const found = mark.exec(text);
        if (!found) continue;
        const tail = text.slice(found.index + found[0].length).replace(/[\s.:)]/gu, "");
        if (/^\d{1,6}$/.test(tail)) return [text.slice(0, found.index).replace(/^[\s,;(]+|[\s,;(]+$/gu, ""), tail];
    }
    return [text, null];
}

/** Words in front and behind, when a blank, a bracket or a colon parts them from the digits. */
function withoutWords(text) {
    let rest = text;
    const tail = /[^\d]*$/u.exec(rest)[0];
    if (/\d/.test(rest) && /\p{L}/u.test(tail) && !/^\p{L}/u.test(tail)) rest = rest.slice(0, rest.length - tail.length);
    const head = /^[^\d+]*/u.exec(rest)[0];
    if (head.length < rest.length && /\p{L}/u.test(head) && !/\p{L}$/u.test(head)) rest = rest.slice(head.length);
    return rest;
}

/** Digits as they stand, and what their grouping says. */
function typedDigits(text) {
    const trimmed = text.trim();
    const isInternational = trimmed.startsWith("+");
    let inner = isInternational ? trimmed.slice(1) : trimmed;
    while (separator.test(inner[0] ?? "")) inner = inner.slice(1);
    while (separator.test(inner.at(-1) ?? "")) inner = inner.slice(0, -1);
    const digits = digitsOnly(inner);
    if (!isDigits(digits)) return bad("В номере телефона могут быть только цифры, пробелы, скобки и дефисы.");
    if (digits === "") return bad("Укажите номер телефона.");
    return {
        digits, isInternational, isFirstApart: separator.test(inner[1] ?? ""), hasGroups: inner.length > digits.length,
    };
}

function domestic(typed) {
    const { digits } = typed;
    if (digits.length >= 12 && digits.startsWith("810")) return foreign(digits.slice(3));
    if (digits.length >= 10 && digits.startsWith("00")) return foreign(digits.slice(2));
    if (digits.length === 11 && /^[78]/.test(digits)) return russian(digits.slice(1));
    if (digits.length === 10) return tenDigits(typed);
    if (/^(1\d\d|0[1-4])$/.test(digits)) return good(digits);
    if (digits.length >= 5 && digits.length <= 7) return bad("Добавьте к номеру телефона код города.");
    if (digits.length < 10) return bad(digitsMissing);
    return bad(digits.length === 11
        ? tooManyDigits
        : "В номере телефона лишние цифры: нужно 10 цифр после 8 или +7, а номер другой страны начните с +.");
}

/** A number without its 8, or one with its 8 and a digit short: nobody may be called by a guess. */
function tenDigits({ digits, isFirstApart, hasGroups }) {
    const code = digits.slice(0, 3);
    if (digits.startsWith("8")) {
        if (isFirstApart || !codesWith8.has(code)) return bad(digitsMissing);
        return good(`+7${digits}`, !hasGroups && ambiguousCodesWith8.has(code)
            ? "Проверьте номер: если он начинается с 8, одной цифры не хватает." : undefined);
    }
    // Kazakhstan's own codes; 73…, 74…, 78…, 79… are a 7 and a Russian code.
    if (digits.startsWith("7") && (isFirstApart || /^7[3489]/.test(digits))) return bad(digitsMissing);
    return russian(digits);
}

function international({ digits, isFirstApart, hasGroups }) {
    if (digits.startsWith("7")) {
        return digits.length === 11 ? russian(digits.slice(1)) : bad("После +7 должно быть 10 цифр.");
    }
    if (!digits.startsWith("8")) return foreign(digits);
    const national = digits.slice(1);
    if (isFirstApart) {
        // «+8 …» is the 8 of Russia with a sign too many: every country code that begins with 8 is longer.
        if (digits.length === 11) return russian(national);
        if (national.startsWith("10") && digits.length >= 12) return foreign(digits.slice(3));
        return bad(digits.length < 11 ? digitsMissing : tooManyDigits);
    }
    if (digits.length === 11 && !foreignCodeWith8.test(digits)) return russian(national);
    const read = foreign(digits);
    if (!read.error && digits.length === 11 && !hasGroups && isNational(national)) {
        read.warning = "Это номер другой страны? Российский пишется с +7 или с 8 без плюса.";
    }
    return read;
}

function foreign(digits) {
    if (digits.startsWith("7") && digits.length === 11) return russian(digits.slice(1));
    return /^[1-689]\d{7,14}$/.test(digits)
        ? good(`+${digits}`) : bad("Номер другой страны: после + должно быть от 8 до 15 цифр.");
}

const isNational = (digits) => /^[346789]/.test(digits);

function russian(national) {
    if (!isNational(national)) return bad("Такого кода города или оператора нет: проверьте номер телефона.");
    return good(`+7${national}`, /^8[89]/.test(national)
        ? "Такого кода города или оператора мы не знаем: проверьте номер телефона." : undefined);
}

// MARK: СНИЛС, policy

/** Nine digits and two check digits, any separators; value is 11 digits. */
export function readSNILS(text) {
    if (isBlank(text)) return good(null);
    const digits = digitsOnly(body(text, ["снилс"]));
    if (!isDigits(digits)) return bad("В СНИЛС могут быть только цифры, пробелы и дефисы.");
    if (digits.length !== 11) return bad("В СНИЛС должно быть 11 цифр.");
    const number = Number(digits.slice(0, 9));
    const sum = Array.from(digits.slice(0, 9)).reduce((total, digit, index) => total + Number(digit) * (9 - index), 0);
    // Numbers up to 001-001-998 were given out before there were check digits.
    if (number === 0 || (number > 1_001_998 && sum % 101 % 100 !== Number(digits.slice(9)))) {
        return bad("Контрольное число СНИЛС не сходится: проверьте цифры.");
    }
    return good(digits);
}

/** 16 digits, the last a check digit; value is 16 digits. */
export function readPolicy(text) {
    if (isBlank(text)) return good(null);
    const digits = digitsOnly(body(text, ["полис", "енп", "омс"]));
    if (!isDigits(digits)) return bad("В номере полиса ОМС могут быть только цифры и пробелы.");
    if (digits.length === 9) {
        return bad("Девять цифр у временного свидетельства: запишите его номер в «Суть вопроса», поле оставьте пустым.");
    }
    if (digits.length !== 16) return bad("В номере полиса ОМС единого образца должно быть 16 цифр.");
    const sum = Array.from(digits).reverse().reduce((total, digit, index) => {
        const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
        return total + Math.floor(value / 10) + value % 10;
    }, 0);
    if (sum % 10 !== 0 || /^0+$/.test(digits)) return bad("Контрольная цифра полиса ОМС не сходится: проверьте номер.");
    return good(digits);
}

// MARK: Names

const particles = new Set(["оглы", "оглу", "кызы", "гызы", "улы", "уулу", "углы"]);
const longestPart = 100;

/** One part of a name: a surname, a name or a patronymic. `value` is tidied. */
export function readName(text) {
    const words = nameWords(text);
    if (words.length === 0) return good(null);
    if (!words.every((word) => /^(?:\p{L}\p{M}{0,2}|[-'])+$/u.test(word) && /\p{L}/u.test(word))) {
        return bad("В имени могут быть только буквы, дефис и апостроф.");
    }
    const value = words.map((word, index) =>
        index > 0 && particles.has(word.toLowerCase()) ? word.toLowerCase() : capitalized(word)).join(" ");
    if (Array.from(value).length > longestPart) return bad(`Имя длиннее ${longestPart} букв: сократите его.`);
    if (!/[A-Za-z]/.test(value)) return good(value);
    return /[\u0400-\u04ff]/.test(value)
        ? good(value, "Русские и латинские буквы вперемешку: проверьте раскладку.", withoutLookalikes(value))
        : good(value, "Имя латинскими буквами: проверьте раскладку.", typedInRussian(value));
}

/** A whole name pasted into one field: [family, given, patronymic], or null when it is no whole name. */
export function splitName(text) {
    const words = nameWords(text);
    if (words.length < 2 || words.length > 5) return null;
    const parts = [words[0], words[1], words.slice(2).join(" ")].map(readName);
    return parts.some((part) => part.error) ? null : parts.map((part) => part.value ?? "");
}

/** Words between blanks, with one kind of hyphen, blanks round it taken away, and one kind of apostrophe. */
function nameWords(text) {
    const folded = visible(text).normalize("NFC").replace(/[‐‑‒–—−]/gu, "-").replace(/[’‘ʼ`´′]/gu, "'");
    const words = [];
    for (const word of folded.split(/[\s\u0085\u2800]+/u).filter(Boolean)) {
        if (words.length > 0 && (word.startsWith("-") || words.at(-1).endsWith("-"))) words.push(words.pop() + word);
        else words.push(word);
    }
    return words.map((word) => word.replace(/^-+|-+$/g, "")).filter(Boolean);
}

/** One capital for a word all in capitals or all in small letters; other spelling is kept, so is ё. */
function capitalized(word) {
    if (word !== word.toUpperCase() && word !== word.toLowerCase()) return word;
    // A particle may be tied to the father's name: «Гасан-оглы».
    const hyphen = word.lastIndexOf("-");
    if (hyphen > 0 && particles.has(word.slice(hyphen + 1).toLowerCase())) {
        return capitalized(word.slice(0, hyphen)) + word.slice(hyphen).toLowerCase();
    }
    let result = "";
    let isStart = true;
    let lettersInPart = 0;
    for (const character of word) {
        result += isStart ? character.toUpperCase() : character.toLowerCase();
        if (character === "-") [isStart, lettersInPart] = [true, 0];
        // «О'Коннор», but «Лук'яненко».
        else if (character === "'") isStart = lettersInPart === 1;
        else if (/\p{L}/u.test(character)) [isStart, lettersInPart] = [false, lettersInPart + 1];
    }
    return result;
}

const table = (from, to) => new Map(Array.from(from).map((character, index) => [character, Array.from(to)[index]]));
const keys = table(
    "qwertyuiopasdfghjklzxcvbnmQWERTYUIOPASDFGHJKLZXCVBNM", "йцукенгшщзфывапролдячсмитьЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ");
const lookalikes = table("acekopxyABCEHKMOPTXY", "асекорхуАВСЕНКМОРТХУ");
const mapped = (name, characters) => Array.from(name).map((character) => characters.get(character) ?? character).join("");
const count = (text, characters) => (text.match(characters) ?? []).length;

/** The same keys in the Russian layout, when that reads more like a Russian word than what stands there. */
function typedInRussian(name) {
    const russian = mapped(name, keys);
    const vowels = count(russian, /[аеёиоуыэюя]/giu);
    const reads = vowels > count(name, /[aeiouy]/giu) && vowels * 4 >= Array.from(russian).length
        && !/^[ъыь]/iu.test(russian) && !/[A-Za-z]/.test(russian);
    return reads ? russian : undefined;
}

function withoutLookalikes(name) {
    const russian = mapped(name, lookalikes);
    return /[A-Za-z]/.test(russian) ? undefined : russian;
}
