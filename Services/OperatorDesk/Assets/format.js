// How things are shown: Russian dates in the region's zone, telephone numbers, durations, plurals.

const zone = document.body?.dataset.timeZone || "Europe/Moscow";

function formatter(options) {
    try {
        return new Intl.DateTimeFormat("ru-RU", { timeZone: zone, ...options });
    } catch {
        // A zone this browser does not know must not kill the screen.
        return new Intl.DateTimeFormat("ru-RU", options);
    }
}

const timeFormat = formatter({ hour: "2-digit", minute: "2-digit" });
const secondsFormat = formatter({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dateFormat = formatter({ day: "2-digit", month: "2-digit", year: "numeric" });
const dayFormat = formatter({ day: "numeric", month: "long" });
const weekdayFormat = formatter({ weekday: "long" });
const shortWeekdayFormat = formatter({ weekday: "short" });
const shortDayFormat = formatter({ day: "numeric", month: "2-digit" });

export const time = (date) => timeFormat.format(new Date(date));
export const timeWithSeconds = (date) => secondsFormat.format(new Date(date));
/** `21.11.2026` */
export const date = (moment) => dateFormat.format(new Date(moment));
/** `21.11 09:20`, without the day when it is today. */
export const moment = (value, today) =>
    date(value) === date(today) ? time(value) : `${date(value).slice(0, 5)} ${time(value)}`;
/** `23 ноября, понедельник` */
export const dayInWords = (value) =>
    `${dayFormat.format(new Date(value))}, ${weekdayFormat.format(new Date(value))}`;
/** `пн` and `23.11` on two lines. */
export const dayOnButton = (value) =>
    `${shortWeekdayFormat.format(new Date(value))}\n${shortDayFormat.format(new Date(value))}`;
/** The region's day at a moment, `2026-11-21`. */
export const isoDay = (value) => date(value).split(".").reverse().join("-");
/** For sorting into days. */
export const dayKey = (value) => date(value);

/** The zone as Russians name it: `МСК`, `МСК+1`. */
export function zoneName(at) {
    const shift = (timeZone) => {
        const parts = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" }).formatToParts(new Date(at));
        const text = parts.find((part) => part.type === "timeZoneName").value;
        const found = /([+-])(\d{2}):(\d{2})/.exec(text);
        return found ? (found[1] === "-" ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) : 0;
    };
    try {
        const hours = (shift(zone) - shift("Europe/Moscow")) / 60;
        return hours === 0 ? "МСК" : `МСК${hours > 0 ? "+" : "−"}${String(Math.abs(hours)).replace(".", ",")}`;
    } catch {
        return "";
    }
}

/** `0:41`, `12:05`, `1:02:03`. */
export function duration(milliseconds) {
    const seconds = Math.max(0, Math.floor(milliseconds / 1000));
    const two = (number) => String(number).padStart(2, "0");
    const hours = Math.floor(seconds / 3600);
    return hours > 0
        ? `${hours}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
        : `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

/** plural(5, "обращение", "обращения", "обращений") */
export function plural(count, one, few, many) {
    const tens = count % 100;
    const units = count % 10;
    if (tens >= 11 && tens <= 14) return many;
    return units === 1 ? one : units >= 2 && units <= 4 ? few : many;
}

/** The person's name in one line. */
export const fullName = (name) => name ? [name.family, name.given, name.patronymic].filter(Boolean).join(" ") : "";

/** «Иванов И. И.» */
export const initials = (name) => name
    ? [name.family, ...[name.given, name.patronymic].filter(Boolean).map((word) => `${Array.from(word)[0]}.`)].join(" ")
    : "";

const threeDigitCodes = new Set(
    ("342 343 347 351 383 391 423 473 495 496 498 499 800 801 802 803 804 805 806 807 808 809 812 831 843 846 861 862 "
        + "863").split(" "));
const fourDigitCodes = new Set(
    ("3435 3439 3463 3466 3467 3494 3496 3519 3843 3846 3953 3955 4217 4725 4855 4872 4967 8313 8443 8453 8463 8464 "
        + "8552 8553 8555 8617 8634 8636 8639").split(" "));

function codeLength(national) {
    if (!"348".includes(national[0])) return 3;
    if (threeDigitCodes.has(national.slice(0, 3))) return 3;
    const four = national.slice(0, 4);
    return four.endsWith("2") || fourDigitCodes.has(four) ? 4 : 5;
}

/** `+78452411327` as `+7 (8452) 41-13-27`; the table is that of PhoneNumber in Vocabulary. */
export function phone(stored) {
    if (!stored) return "";
    const [number, extension] = stored.split(";ext=");
    let shown = number;
    if (/^\+7\d{10}$/.test(number)) {
        const national = number.slice(2);
        const code = national.slice(0, codeLength(national));
        const local = national.slice(code.length);
        const head = local.slice(0, -4);
        shown = `${code === "800" ? "8" : "+7"} (${code}) ${head}-${local.slice(-4, -2)}-${local.slice(-2)}`;
    }
    return extension ? `${shown} доб. ${extension}` : shown;
}

/** What a caller's number looks like; it may be hidden. */
export function caller(number) {
    if (number === "hidden") return "номер скрыт";
    if (!number || number === "malformed") return "номер не распознан";
    return phone(number);
}

/** Whether it is a number at all. */
export const isNumber = (number) => Boolean(number) && number !== "hidden" && number !== "malformed";

export const snils = (digits) => digits
    ? `${digits.slice(0, 3)}-${digits.slice(3, 6)}-${digits.slice(6, 9)} ${digits.slice(9)}` : "";

export const policy = (digits) => digits ? digits.replace(/(.{4})(?=.)/g, "$1 ") : "";

/** `1980-02-01` as `01.02.1980`. */
export const birthDate = (stored) => stored ? stored.split("-").reverse().join(".") : "";
