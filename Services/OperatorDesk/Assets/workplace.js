// Who works here, and what this role has part in. Values, and the telephone that was chosen on this workplace.
import { byID } from "./dom.js";

const { accountId: accountID, displayName, role, telephone, firstLevel } = document.body.dataset;

export const me = { accountID, displayName, role, telephone };
export const isOperator = role === "operator";
/** Sees all of the line and helps. */
export const isInCharge = role === "administrator" || role === "supervisor";
/** The secretary's messages are the first level's work. */
export const seesMessages = isInCharge || (isOperator && firstLevel === "true");
/** An organization works on the cards forwarded to it; the line and booking are not its business. */
export const seesLine = role !== "organization";

const telephoneKey = `line122.telephone.${accountID}`;

/** The telephone that was chosen on this workplace; undefined for the account's own. */
export const chosenTelephone = () => localStorage.getItem(telephoneKey) || undefined;

export function chooseTelephone(chosen) {
    localStorage.setItem(telephoneKey, chosen === telephone ? "" : chosen);
    showTelephone();
}

export function showTelephone() {
    const shown = chosenTelephone() ?? telephone;
    byID("who-telephone").textContent = `тел. ${shown || "не указан"}`;
    byID("telephone-input").value = shown;
}
