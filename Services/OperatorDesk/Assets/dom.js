// Building pages from data. Text goes in as text nodes only: nothing that came from a person is ever read as HTML.

export const byID = (id) => document.getElementById(id);

/** An element with attributes and children; a `function` attribute is a listener, null and false leave it out. */
export function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (value === null || value === undefined || value === false) continue;
        if (typeof value === "function") made.addEventListener(name, value);
        else made.setAttribute(name, value === true ? "" : String(value));
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
}

/** A drawing of the page's own sprite. */
export function icon(name) {
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    drawing.setAttribute("class", "icon");
    drawing.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `#icon-${name}`);
    drawing.append(use);
    return drawing;
}

let isPressed = false;
let release;
const delayed = new Map();

function runDelayed() {
    clearTimeout(release);
    isPressed = false;
    const tasks = [...delayed.values()];
    delayed.clear();
    for (const task of tasks) task();
}

addEventListener("pointerdown", () => {
    isPressed = true;
    clearTimeout(release);
    // The list of a select may swallow the release.
    release = setTimeout(runDelayed, 1_000);
}, true);
for (const name of ["pointerup", "pointercancel"]) {
    // The click comes right after, and before the task of a timer.
    addEventListener(name, () => { setTimeout(runDelayed); }, true);
}

/**
 * Runs a task that makes or moves elements, not while a button is held down: pressing leaves the field that was typed
 * in, and what its leaving redraws must not go away under the pointer, or the click is lost. Of the tasks of one name
 * the last one counts.
 */
export function unlessPressed(name, task) {
    if (isPressed) delayed.set(name, task);
    else task();
}

const filled = new WeakMap();

/**
 * Replaces the choices of a select; `choices` is [[value, title]]. The value stays when it is still there. The same
 * choices are left alone, so that an open list does not close under the hand.
 */
export function fillSelect(select, placeholder, choices) {
    const wanted = JSON.stringify([placeholder, choices]);
    if (filled.get(select) === wanted) return;
    filled.set(select, wanted);
    const kept = select.value;
    select.replaceChildren(
        element("option", { value: "" }, placeholder),
        ...choices.map(([value, title]) => element("option", { value }, title)));
    select.value = choices.some(([value]) => value === kept) ? kept : "";
}

/** A line for the person, or none: kind is `bad`, `good` or `note`. */
export function showMessage(target, text, kind = "bad") {
    target.textContent = text ?? "";
    target.className = `message ${kind}`;
    target.hidden = !text;
}

let toastTimer;

/** A short word at the edge of the screen that goes away by itself. */
export function toast(text, kind = "good") {
    const target = byID("toast");
    target.textContent = text;
    target.dataset.kind = kind;
    target.hidden = false;
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => { target.hidden = true; }, kind === "bad" ? 12_000 : 5_000);
}

/**
 * Makes a button ask once more before it acts: the first press changes its words for four seconds. `pause`: how many
 * milliseconds must lie between the presses at least, so that a double click is one press. `onAsk`: called with whether
 * it waits for the second press.
 */
export function pressTwice(button, question, act, { pause = 0, onAsk = () => {} } = {}) {
    const words = [...button.childNodes];
    let timer;
    let asked = 0;
    const reset = () => {
        clearTimeout(timer);
        timer = undefined;
        button.replaceChildren(...words);
        onAsk(false);
    };
    button.addEventListener("click", () => {
        if (timer === undefined) {
            asked = performance.now();
            button.textContent = question;
            timer = setTimeout(reset, 4_000);
            onAsk(true);
            return;
        }
        if (performance.now() - asked < pause) return;
        reset();
        act();
    });
    button.addEventListener("keydown", (event) => {
        if (event.code === "Escape" && timer !== undefined) {
            event.stopPropagation();
            reset();
        }
    });
}
