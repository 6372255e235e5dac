// Telling the citizen what was done (C-05), closing the card, and going on from a closed one in another (J-03).
import { byID, pressTwice, showMessage, toast } from "./dom.js";
import * as format from "./format.js";
import { WishKey, call, now } from "./api.js";

const words = {
    conversation: "сообщено в разговоре", voice: "подтверждено при голосовом звонке", letter: "сообщено письменно",
    nobody: "сообщать некому",
};

function stateOf(outcome) {
    if (!outcome) return "Ещё не сообщено.";
    if (!outcome.toldAt) return "Голосовой звонок поставлен, подтверждения ещё нет.";
    return `${format.moment(outcome.toldAt, now())} ${words[outcome.channel] ?? outcome.channel}`;
}

let onContinued = () => {};

/** What to do with the view of a card in which work on a closed one goes on. */
export function whenContinued(action) { onContinued = action; }

/** The row beneath «Принятые меры»: there from the moment when all measures are taken. */
export class OutcomeRow {
    #card = null;
    #mayClose;
    #onChanged;
    #tellKey = new WishKey();
    #closeKey = new WishKey();
    #continueKey = new WishKey();
    #isSending = false;

    /**
     * @param mayClose whether this person closes cards
     * @param onChanged called with the card and its new view
     */
    constructor({ mayClose, onChanged }) {
        this.#mayClose = mayClose;
        this.#onChanged = onChanged;
        byID("outcome-tell").addEventListener("click", () =>
            this.#send("tell", { channel: byID("outcome-channel").value, revision: this.#card?.view.revision },
                this.#tellKey));
        pressTwice(byID("outcome-close"), "Точно закрыть?", () =>
            this.#send("close", { revision: this.#card?.view.revision }, this.#closeKey));
        byID("outcome-continue").addEventListener("click", () => this.#send("continue", {}, this.#continueKey));
    }

    render(card) {
        if (card !== this.#card) {
            showMessage(byID("outcome-message"), null);
            byID("outcome-channel").selectedIndex = 0;
        }
        this.#card = card;
        const { state, outcome } = card?.view ?? {};
        const isDone = state === "measuresTaken" || state === "closed";
        byID("outcome").hidden = !isDone;
        if (!isDone) return;
        const isOpen = state === "measuresTaken" && !card.isLocked;
        byID("outcome-state").textContent = stateOf(outcome);
        for (const id of ["outcome-channel", "outcome-tell"]) byID(id).hidden = !isOpen;
        byID("outcome-tell").disabled = this.#isSending;
        byID("outcome-close").hidden = !isOpen || !this.#mayClose || !outcome?.toldAt;
        byID("outcome-continue").hidden = state !== "closed" || card.isReadOnly;
        byID("outcome-continue").disabled = this.#isSending;
    }

    async #send(action, wish, key) {
        const card = this.#card;
        if (!card || this.#isSending) return;
        // What is typed and not saved is not what would be told.
        if (card.isDirty) return showMessage(byID("outcome-message"), "Сначала сохраните карточку.", "bad");
        this.#isSending = true;
        this.render(card);
        try {
            const view = await call("POST", `/api/appeals/${encodeURIComponent(card.id)}/${action}`, wish,
                { "Idempotency-Key": key.for({ ...wish, action, id: card.id }) });
            key.answered();
            if (card === this.#card) showMessage(byID("outcome-message"), null);
            if (action === "continue") onContinued(view);
            else this.#onChanged(card, view);
        } catch (error) {
            // Another card may be on the screen by now.
            if (card === this.#card) showMessage(byID("outcome-message"), error.message, "bad");
            else toast(`${card.title}: ${error.message}`, "bad");
        } finally {
            this.#isSending = false;
            this.render(this.#card);
        }
    }
}
