// A question across the screen. It takes nothing away: typing can go on beneath it, and Escape is «no».
import { byID, element } from "./dom.js";

let answer = null;

/** Answers the open question with nothing. @returns whether there was one */
export function dismissQuestion() {
    const isOpen = answer !== null;
    answer?.(null);
    return isOpen;
}

/**
 * Asks, and resolves with the value of the choice; null when it was dismissed or another question came.
 * @param choices [value, title], the harmless one first: it gets the focus
 */
export function ask(words, choices) {
    answer?.(null);
    const before = document.activeElement;
    const box = byID("question");
    return new Promise((resolve) => {
        answer = (value) => {
            answer = null;
            box.hidden = true;
            if (before?.isConnected && !before.disabled) before.focus();
            resolve(value);
        };
        const given = answer;
        byID("question-words").textContent = words;
        byID("question-choices").replaceChildren(...choices.map(([value, title]) => element("button",
            { type: "button", "data-choice": value, click: () => given(value) }, title)));
        box.hidden = false;
        byID("question-choices").querySelector("button").focus();
    });
}
