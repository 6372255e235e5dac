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

/** Replaces the choices of a select; `choices` is [[value, title]]. The value stays when it is still there. */
export function fillSelect(select, placeholder, choices) {
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

/** Makes a button ask once more before it acts: the first press changes its words for four seconds. */
export function pressTwice(button, question, act) {
    const words = button.textContent;
    let timer;
    const reset = () => {
        clearTimeout(timer);
        timer = undefined;
        button.textContent = words;
    };
    button.addEventListener("click", () => {
        if (timer === undefined) {
            button.textContent = question;
            timer = setTimeout(reset, 4_000);
            return;
        }
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
