// What stands beneath a field: what is wrong, what looks wrong and what it may have been meant to be, another's text
// that was saved meanwhile, and how long the text is.
import { element } from "./dom.js";

/**
 * @param field the input; its hints stand in its `.field`
 * @param hints {error, warning, offer, conflict, count}, each may be missing
 * @param onOffer called when the offered value is wanted
 * @param onSettle called with `theirs`, `mine` or `both`
 */
export function renderHints(field, hints, { onOffer, onSettle }) {
    const box = field.closest(".field");
    const shown = JSON.stringify(hints);
    // Left alone while nothing changes: a button in it may be about to be pressed.
    if (field.dataset.hints === shown) return;
    field.dataset.hints = shown;
    const { name } = field;
    // A text and its check box share a place.
    for (const old of box.querySelectorAll(`:scope > [data-hint-of="${name}"]`)) old.remove();
    const made = [
        hints.error ? element("span", { class: "hint", id: `error-${name}`, "data-hint-of": name }, hints.error) : null,
        hints.warning ? warning(name, hints, onOffer) : null,
        hints.conflict === undefined ? null : conflict(name, field, hints.conflict, onSettle),
        hints.count ? element("span", { class: "count", id: `count-${name}`, "data-hint-of": name }, hints.count) : null,
    ].filter(Boolean);
    box.append(...made);
    const isWrong = Boolean(hints.error) || hints.conflict !== undefined;
    if (isWrong) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    if (made.length > 0) field.setAttribute("aria-describedby", made.map((hint) => hint.id).join(" "));
    else field.removeAttribute("aria-describedby");
}

function warning(name, { warning: words, offer }, onOffer) {
    return element("span", { class: "hint doubt", id: `warning-${name}`, "data-hint-of": name }, words,
        offer ? element("button", { type: "button", "data-offer": name, click: onOffer }, `Исправить: ${offer}`) : null);
}

function conflict(name, field, theirs, onSettle) {
    const words = typeof theirs === "boolean" ? (theirs ? "отмечено" : "не отмечено")
        : field.tagName === "SELECT" ? [...field.options].find((option) => option.value === theirs)?.text ?? "" : theirs;
    const button = (choice, title) => element("button",
        { type: "button", "data-settle": `${choice}-${name}`, click: () => onSettle(choice) }, title);
    return element("span", { class: "hint conflict", id: `conflict-${name}`, "data-hint-of": name, role: "alert" },
        element("span", {}, `Другой сотрудник сохранил: «${words}».`),
        element("span", { class: "choices" }, button("theirs", "Взять его"), button("mine", "Оставить моё"),
            field.tagName === "TEXTAREA" ? button("both", "Оставить оба") : null));
}
