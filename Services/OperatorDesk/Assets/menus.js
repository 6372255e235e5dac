// Menus under a button: closed by a choice, by Escape, and by a press elsewhere.
import { byID } from "./dom.js";
import { withArrows } from "./keyboard.js";

/** The ids of the menus, and of the button of each. */
const menus = new Map([["break-menu", "button-break"], ["telephone-form", "who-telephone"], ["keypad", "button-keypad"]]);

export function toggleMenu(menuID, isOpen = byID(menuID).hidden) {
    const menu = byID(menuID);
    const button = byID(menus.get(menuID));
    const hadFocus = menu.contains(document.activeElement);
    menu.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) menu.querySelector("button, input")?.focus();
    else if (hadFocus) button.focus();
}

/** @returns whether one was open */
export function closeMenus() {
    const open = [...menus.keys()].filter((id) => !byID(id).hidden);
    for (const id of open) toggleMenu(id, false);
    return open.length > 0;
}

for (const [menuID, buttonID] of menus) {
    withArrows(byID(menuID), "button");
    byID(buttonID).addEventListener("click", () => {
        if (buttonID !== "who-telephone" || document.body.dataset.role === "operator") toggleMenu(menuID);
    });
}
document.addEventListener("pointerdown", (event) => {
    for (const [menuID, buttonID] of menus) {
        if (!byID(menuID).hidden && !event.target.closest(`#${menuID}, #${buttonID}`)) toggleMenu(menuID, false);
    }
});
