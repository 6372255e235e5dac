// Texts as people type and paste them: what cannot be seen goes, and how long a text is. Values, no page.

export { limits } from "./limits.js";

/** Line breaks of other systems. */
const breaks = /\r\n?|[\u2028\u2029]/g;
/**
 * What nobody types and nobody sees: control characters but tabulator and line break, halves of pairs, marks of
 * direction. The joiner of emoji (U+200D) stays.
 */
const unseen = /[^\P{Cc}\t\n]|[\p{Cs}\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;

export const clean = (text) => text.replace(breaks, "\n").replace(unseen, "");

const segmenter = typeof Intl.Segmenter === "function" ? new Intl.Segmenter("ru", { granularity: "grapheme" }) : null;

/** Signs as people count them, and as the services do: an emoji is one. */
export function signs(text) {
    if (!segmenter) return Array.from(text).length;
    let count = 0;
    for (const _ of segmenter.segment(text)) count += 1;
    return count;
}

/** `4 210` */
export const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");

/** «4 210 из 4 000» once a text comes near its limit; empty before. */
export function countWords(text, limit) {
    // A text has at most as many signs as units.
    if (text.length <= limit * 0.9) return "";
    const count = signs(clean(text).trim());
    return count > limit * 0.9 ? `${grouped(count)} из ${grouped(limit)}` : "";
}

/** Why a text may not be kept so; null when it may. */
export function tooLong(text, limit) {
    if (text.length <= limit) return null;
    const count = signs(text);
    return count > limit ? `Сократите текст: сейчас ${grouped(count)}, можно ${grouped(limit)} знаков.` : null;
}
