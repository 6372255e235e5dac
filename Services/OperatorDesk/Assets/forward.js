// Forwarding a card to an organization.
import { byID, element, fillSelect, showMessage } from "./dom.js";
import * as format from "./format.js";
import { call, get, now } from "./api.js";
import { clean, countWords, limits, tooLong } from "./text.js";

export class ForwardPane {
    #organizations = [];
    #card = null;
    #onForwarded;
    #onInput;

    /**
     * @param onForwarded called with the card and its new view
     * @param onInput called after something was typed
     */
    constructor({ onForwarded, onInput }) {
        this.#onForwarded = onForwarded;
        this.#onInput = onInput;
        byID("forward-organization").addEventListener("change", (event) => this.#take("organizationID", event.target.value));
        byID("forward-comment").addEventListener("input", (event) => this.#take("comment", event.target.value));
        byID("forward-send").addEventListener("click", () => this.#send());
    }

    async loadOrganizations() {
        this.#organizations = await get("/api/organizations");
        this.render(this.#card);
    }

    focus() {
        const organization = byID("forward-organization");
        (organization.disabled ? byID("tab-forward") : organization).focus();
    }

    render(card) {
        this.#card = card;
        byID("forward-empty").hidden = Boolean(card);
        byID("forward-steps").hidden = !card;
        if (!card) return;
        const { forward, view } = card;
        const organization = byID("forward-organization");
        fillSelect(organization, "Выберите организацию", this.#organizations.map((item) => [item.organizationID, item.name]));
        organization.value = forward.organizationID;
        const comment = byID("forward-comment");
        if (comment.value !== forward.comment) comment.value = forward.comment;
        organization.disabled = card.isLocked;
        comment.disabled = card.isLocked;
        byID("forward-send").disabled = card.isLocked || forward.isSending;
        this.#renderCount();
        showMessage(byID("forward-message"), forward.message?.text, forward.message?.kind);
        byID("forward-list").replaceChildren(...[...view.forwardings].reverse().map((item) => element("li",
            { "data-organization": item.organization.organizationID },
            element("span", {}, item.organization.name, element("span", { class: "sub" }, item.comment)),
            element("span", { class: "quiet" }, format.moment(item.at, now())))));
    }

    #take(name, value) {
        if (!this.#card) return;
        this.#card.forward[name] = value;
        this.#card.forward.message = null;
        this.#renderCount();
        showMessage(byID("forward-message"), null);
        this.#onInput();
    }

    #renderCount() { byID("forward-count").textContent = countWords(this.#card.forward.comment, limits.comment); }

    async #send() {
        const card = this.#card;
        const { forward, view } = card;
        if (forward.isSending) return;
        const comment = clean(forward.comment).trim();
        const problem = card.view.state === "draft" ? "Сначала сохраните карточку, затем передайте её."
            : card.isDirty ? "В карточке есть несохранённое: сохраните её, затем передайте."
                : forward.organizationID === "" ? "Выберите организацию." : tooLong(comment, limits.comment);
        if (problem) {
            forward.message = { text: problem, kind: "note" };
            this.render(card);
            return;
        }
        const wish = { organizationID: forward.organizationID, comment, revision: view.revision };
        forward.isSending = true;
        forward.message = null;
        this.render(card);
        try {
            const forwarded = await call("POST", `/api/appeals/${encodeURIComponent(card.id)}/forward`, wish,
                { "Idempotency-Key": card.forwardKey.for(wish) });
            card.forwardKey.answered();
            Object.assign(forward, { organizationID: "", comment: "", message: { text: "Карточка передана.", kind: "good" } });
            this.#onForwarded(card, forwarded);
        } catch (error) {
            if (error.status >= 400 && error.status < 500) card.forwardKey.answered();
            forward.message = { text: error.message, kind: "bad" };
        }
        forward.isSending = false;
        if (card === this.#card) this.render(card);
    }
}
