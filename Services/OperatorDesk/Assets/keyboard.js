// Moving by keys inside menus and strips of tabs, and a focus that never falls to the page itself.

const steps = {
    ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -Infinity, End: Infinity,
};

/** Arrows, Home and End move among the items of a group; `chooses`: the item that is reached is pressed as well. */
export function withArrows(group, selector, { chooses = false } = {}) {
    group.addEventListener("keydown", (event) => {
        const step = steps[event.key];
        const item = event.target.closest(selector);
        if (step === undefined || !item || event.ctrlKey || event.altKey || event.metaKey) return;
        const items = [...group.querySelectorAll(selector)].filter((other) => !other.disabled && other.offsetParent);
        const place = items.indexOf(item) + step;
        const next = Number.isFinite(step)
            ? items[(place + items.length) % items.length] : items[step < 0 ? 0 : items.length - 1];
        event.preventDefault();
        next.focus();
        if (chooses) next.click();
    });
}

/** How often, and after how many milliseconds each, it is looked whether a button that was switched off is on again. */
const patience = { tries: 4, pause: 250 };

const isUsable = (element) => element.isConnected && !element.disabled && element.getClientRects().length > 0;

function mark(element) {
    if (element.id) return `#${CSS.escape(element.id)}`;
    const name = element.getAttributeNames().find((attribute) => attribute.startsWith("data-"));
    return name ? `[${name}="${CSS.escape(element.getAttribute(name))}"]` : null;
}

/** By what an element that was made anew is found again: its own mark, and that of what it stands in. */
function address(element) {
    const own = mark(element);
    if (!own || element.id) return own;
    let around = element.parentElement;
    while (around && !mark(around)) around = around.parentElement;
    return around ? `${mark(around)} ${own}` : own;
}

/**
 * When the focused element goes away or is switched off, the focus goes to the one that took its place, else to
 * another one of the same group, else where `fallback` says; a press on an empty place leaves it alone.
 */
export function keepFocus(fallback) {
    let last = null;
    document.addEventListener("focusin", ({ target }) => {
        last = { element: target, address: address(target), group: target.closest("[data-focus-group]") };
    });
    let isWaiting = false;
    const check = (tries) => {
        isWaiting = false;
        const active = document.activeElement;
        if (!last || (active !== document.body && active !== last.element)) return;
        if (isUsable(last.element)) return last.element.focus();
        // A button is off while its request is under way, and comes back; the browser takes the focus a moment later.
        if (last.element.isConnected && last.element.disabled && tries < patience.tries) return later(tries + 1, patience.pause);
        const { group } = last;
        const same = last.address ? document.querySelector(last.address) : null;
        const other = group && [...group.querySelectorAll("button, input, select, textarea, a")].find(isUsable);
        last = null;
        if (same && isUsable(same)) same.focus();
        else if (other) other.focus();
        else fallback();
    };
    const later = (tries, pause) => {
        isWaiting = true;
        setTimeout(check, pause, tries);
    };
    // After everything that belongs to the change.
    new MutationObserver(() => {
        if (!isWaiting && last && !isUsable(last.element)) later(0, 0);
    }).observe(document.body, {
        subtree: true, childList: true, attributes: true, attributeFilter: ["disabled", "hidden"],
    });
}
