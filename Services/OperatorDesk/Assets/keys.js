// The keys of the desk: what each does and for whom, in one table from which the footer and the help are made.
import { byID, element } from "./dom.js";

/**
 * By the physical key, so that the Russian layout changes nothing. `letter`: what stands on that key in Russian.
 * Free of what browsers keep for themselves: F1 alone is theirs, and everybody expects help there.
 */
export const keys = [
    { code: "F1", words: "все клавиши" },
    { code: "F2", words: "ответить, к карточке, готов", isForOperators: true, isInFooter: true },
    { code: "F4", words: "удержать, вернуться", isForOperators: true, isInFooter: true },
    { code: "F6", words: "перевод", isForOperators: true, isInFooter: true },
    { code: "F7", words: "передать", isInFooter: true },
    { code: "F8", words: "запись", isInFooter: true },
    { code: "F9", words: "103, дважды", isForOperators: true, isInFooter: true },
    { code: "KeyU", letter: "Г", words: "готов", isForOperators: true },
    { code: "KeyG", letter: "П", words: "перерыв", isForOperators: true },
    { code: "KeyR", letter: "К", words: "к консультации, к опросу", isForOperators: true },
    { code: "KeyP", letter: "З", words: "завершить разговор, дважды", isForOperators: true },
    { code: "KeyY", letter: "Н", words: "новая карточка" },
    { code: "Enter", isWithCtrl: true, words: "сохранить", isInFooter: true },
];
/** What is done by keys of the fields and lists themselves. */
const others = [
    ["Enter", "следующее поле"], ["Esc", "закрыть верхнее, назад к карточке"], ["↑ ↓ ← →", "внутри меню и закладок"],
    ["Delete", "убрать карточку, когда выбрана её закладка"],
];

export const title = (key) => key.letter ? `Alt+${key.letter}` : key.isWithCtrl ? "Ctrl+Enter" : key.code;

/** The key of the table that an event is, or undefined. */
function keyOf(event) {
    const code = event.code === "NumpadEnter" ? "Enter" : event.code;
    return keys.find((key) => key.code === code && !event.metaKey && !event.shiftKey
        && event.altKey === Boolean(key.letter) && event.ctrlKey === Boolean(key.isWithCtrl));
}

/** Shows the keys that this person has: in the footer the frequent ones, in the help all. */
export function showKeys({ isOperator, seesLine }) {
    const own = seesLine ? keys.filter((key) => isOperator || !key.isForOperators) : keys.filter((key) => key.code === "F1");
    byID("footer-keys").replaceChildren(...own.filter((key) => key.isInFooter).map((key) =>
        element("span", {}, element("kbd", {}, title(key)), ` ${key.words}`)));
    const rows = [...own.map((key) => [title(key), key.words]), ...seesLine ? others : []];
    byID("help-keys").replaceChildren(...rows.flatMap(([name, words]) =>
        [element("dt", {}, element("kbd", {}, name)), element("dd", {}, words)]));
}

/** The help: opened by F1 or by `?` outside of a field; Escape closes it, and the focus is where it was. */
export function toggleHelp() {
    const help = byID("help");
    if (help.open) help.close();
    else help.showModal();
}

/**
 * @param doings what each key of the table does, by its code
 * @param escape what Escape does where nothing takes it before
 */
export function listenToKeys({ doings, escape, isOperator, seesLine }) {
    document.addEventListener("keydown", (event) => {
        // The help takes its own Escape; nothing else happens beneath it.
        if (byID("help").open && event.code !== "F1") return;
        const key = keyOf(event);
        if (key && (isOperator || !key.isForOperators) && (seesLine || key.code === "F1")) {
            event.preventDefault();
            if (!event.repeat) doings[key.code]();
        } else if (event.code === "Escape") {
            escape();
        } else if (event.key === "?" && !event.target.closest?.("input, select, textarea")) {
            event.preventDefault();
            toggleHelp();
        }
    });
}
