// Reading what was typed or pasted. Each reader gives {value} (null for empty) or {error}: one sentence that says what
// to do. The rules are those of Vocabulary; the services check again.

const good = (value) => ({ value });
const bad = (error) => ({ error });
const separators = /[\s\u200b\ufeff\-‐‑‒–—−().]/g;
const digitsOnly = (text) => text.replace(separators, "");
const months = ["янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"];

/** Reads `01.02.1980`, `1/2/1980`, `01021980`, `1980-02-01`, `1 февраля 1980 г.`; value is `1980-02-01`. */
export function readBirthDate(text, today = new Date()) {
    const trimmed = text.trim().toLowerCase().replace(/\s*(г\.?|года)$/, "").replace(/р\.?$/, "").trim();
    if (trimmed === "") return good(null);
    let day, month, year;
    let found;
    if ((found = /^(\d{4})[-./](\d{1,2})[-./](\d{1,2})$/.exec(trimmed))) {
        [, year, month, day] = found.map(Number);
    } else if ((found = /^(\d{1,2})[\s.,/\-]+(\d{1,2})[\s.,/\-]+(\d{4})$/.exec(trimmed))
        || (found = /^(\d{2})(\d{2})(\d{4})$/.exec(trimmed))) {
        [, day, month, year] = found.map(Number);
    } else if ((found = /^(\d{1,2})\s+([а-яё]+)\.?\s+(\d{4})$/.exec(trimmed))) {
        day = Number(found[1]);
        year = Number(found[3]);
        // «ма» is May only after «мар» was tried.
        month = months.findIndex((start) => found[2].startsWith(start)) + 1;
    } else {
        return bad("Укажите дату в виде ДД.ММ.ГГГГ.");
    }
    const date = new Date(Date.UTC(year, month - 1, day));
    if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) {
        return bad("Такой даты нет: проверьте день, месяц и год.");
    }
    if (date > today) return bad("Дата рождения ещё не наступила: проверьте год.");
    if (year < 1900) return bad("Проверьте год рождения.");
    const two = (number) => String(number).padStart(2, "0");
    return good(`${year}-${two(month)}-${two(day)}`);
}

/** Whole years at a day; `stored` is `1980-02-01`. */
export function age(stored, today = new Date()) {
    const [year, month, day] = stored.split("-").map(Number);
    const passed = today.getMonth() + 1 > month || (today.getMonth() + 1 === month && today.getDate() >= day);
    return today.getFullYear() - year - (passed ? 0 : 1);
}

/** 8, +7 and 7 are the same number; a leading 8 goes only from 11 digits. Value is `+78452411327`, `112`. */
export function readPhone(text) {
    let body = text.trim().replace(/^(телефон|тел|моб|т)[.:\s\u00a0]*/i, "");
    if (body === "") return good(null);
    let extension = "";
    const tail = /[\s,;(]*(?:;ext=|добавочный|доб|внутр|вн\.|ext|#)[\s.:]*(\d{1,6})\)?$/i.exec(body);
    if (tail) {
        extension = `;ext=${tail[1]}`;
        body = body.slice(0, tail.index).trim();
    }
    // Several numbers in one paste: the first is taken.
    body = body.split(/[,;/\n]/)[0].trim();
    const isInternational = body.startsWith("+");
    const digits = digitsOnly(isInternational ? body.slice(1) : body);
    if (!/^\d*$/.test(digits)) return bad("В номере телефона могут быть только цифры, пробелы, скобки и дефисы.");
    if (digits === "") return bad("Укажите номер телефона.");
    const russian = (national) => /^[346789]/.test(national)
        ? good(`+7${national}${extension}`)
        : bad("Такого кода города или оператора нет: проверьте номер телефона.");
    const foreign = (number) => {
        if (number.startsWith("7")) {
            return number.length === 11 ? russian(number.slice(1)) : bad("После +7 должно быть 10 цифр.");
        }
        if (number.startsWith("89") && number.length === 11) return russian(number.slice(1));
        return /^[1-9]\d{7,14}$/.test(number)
            ? good(`+${number}${extension}`) : bad("Номер другой страны: после + должно быть от 8 до 15 цифр.");
    };
    if (isInternational) return foreign(digits);
    if (digits.length >= 12 && digits.startsWith("810")) return foreign(digits.slice(3));
    if (digits.length === 11 && /^[78]/.test(digits)) return russian(digits.slice(1));
    if (digits.length === 10) return russian(digits);
    if (/^(1\d\d|0[1-4])$/.test(digits)) return good(digits + extension);
    if (digits.length >= 5 && digits.length <= 7) return bad("Добавьте к номеру телефона код города.");
    return bad(digits.length < 10
        ? "В номере телефона не хватает цифр: нужно 10 цифр после 8 или +7."
        : "В номере телефона лишние цифры: нужно 10 цифр после 8 или +7.");
}

/** Nine digits and two check digits, any separators; value is 11 digits. */
export function readSNILS(text) {
    if (text.trim() === "") return good(null);
    const digits = digitsOnly(text);
    if (!/^\d*$/.test(digits)) return bad("В СНИЛС могут быть только цифры, пробелы и дефисы.");
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
    if (text.trim() === "") return good(null);
    const digits = digitsOnly(text);
    if (!/^\d*$/.test(digits)) return bad("В номере полиса ОМС могут быть только цифры и пробелы.");
    if (digits.length !== 16) return bad("В номере полиса ОМС единого образца должно быть 16 цифр.");
    const sum = Array.from(digits).reverse().reduce((total, digit, index) => {
        const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
        return total + Math.floor(value / 10) + value % 10;
    }, 0);
    if (sum % 10 !== 0 || /^0+$/.test(digits)) return bad("Контрольная цифра полиса ОМС не сходится: проверьте номер.");
    return good(digits);
}

const particles = new Set(["оглы", "оглу", "кызы", "гызы", "углы", "улы"]);

/** One capital for a word all in capitals or all in small letters; other spelling is kept, so is ё. */
function capitalized(word) {
    if (word !== word.toUpperCase() && word !== word.toLowerCase()) return word;
    return word.toLowerCase().replace(/(^|-)(\p{L})/gu, (_, before, letter) => before + letter.toUpperCase());
}

/** One part of a name; `value` is tidied. */
export function readName(text) {
    const words = text.normalize("NFC").split(/\s+/).filter(Boolean);
    if (words.length === 0) return good(null);
    if (!words.every((word) => /^[\p{L}'’-]+$/u.test(word) && /\p{L}/u.test(word))) {
        return bad("В имени могут быть только буквы, дефис и апостроф.");
    }
    return good(words.map((word, index) =>
        index > 0 && particles.has(word.toLowerCase()) ? word.toLowerCase() : capitalized(word)).join(" "));
}

/** A whole name pasted into one field: [family, given, patronymic], or null when it is no whole name. */
export function splitName(text) {
    const read = readName(text);
    const words = read.value?.split(" ") ?? [];
    if (words.length < 2 || words.length > 5) return null;
    return [words[0], words[1], words.slice(2).join(" ")];
}
