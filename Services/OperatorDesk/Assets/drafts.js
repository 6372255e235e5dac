// Nothing that is typed waits for «Сохранить» alone: drafts go to the server every few seconds, and what the server
// does not have outlives a reload in this window. Computers are shared, so nothing outlives the window or the session.
import { byID } from "./dom.js";
import * as format from "./format.js";
import { call, get, newID, now } from "./api.js";
import { OpenCard, readDraft } from "./card.js";

/** How long something typed may wait, in milliseconds. */
const pause = 3_000;
/** How long something typed may be only on the screen, in milliseconds. */
const copyPause = 500;

/** Keeps what is typed in drafts on the server. */
export class DraftKeeper {
    #timers = new Map();
    #running = new Map();
    #actions;

    /**
     * @param kept called with a card that was kept
     * @param outdated called with a card that somebody else changed meanwhile
     * @param failed called with a card and the error, where it was not kept
     */
    constructor(actions) {
        this.#actions = actions;
    }

    /** Something was typed. */
    touch(card) {
        if (!this.#isWanted(card) || this.#timers.has(card)) return;
        this.#timers.set(card, setTimeout(() => this.keep(card), pause));
    }

    /** Resolves when no attempt is under way: a save stands on the revision that it leaves. */
    async settled(card) { await this.#running.get(card); }

    /** Keeps a card now. @returns whether the server has all that a draft can hold */
    async keep(card, options) {
        clearTimeout(this.#timers.get(card));
        this.#timers.delete(card);
        await this.settled(card);
        if (!this.#isWanted(card)) return true;
        const running = this.#send(card, options);
        this.#running.set(card, running);
        try {
            return await running;
        } finally {
            this.#running.delete(card);
        }
    }

    // Whoever has to choose between two texts has not decided yet which one is kept.
    #isWanted(card) {
        return card.view.state === "draft" && !card.isLocked && !card.isSaving && Object.keys(card.conflicts).length === 0
            && JSON.stringify(readDraft(card.form, card.view.card)) !== JSON.stringify(readDraft(card.base, card.view.card));
    }

    async #send(card, options) {
        try {
            const view = await call("PUT", `/api/appeals/${encodeURIComponent(card.id)}/draft`,
                { revision: card.view.revision, card: readDraft(card.form, card.view.card) }, { "Idempotency-Key": newID() },
                options);
            // Only what the server says is taken: a name without its surname, which a card cannot hold, stays typed.
            card.take(view);
            card.keptAt = now();
            this.#actions.kept(card);
            return true;
        } catch (error) {
            if (error.errorID === undefined) throw error;
            if (["revision-differs", "not-a-draft"].includes(error.errorID)) this.#actions.outdated(card);
            else this.#actions.failed(card, error);
            return false;
        }
    }
}

/** What the server does not have of the open cards, in the store of this window. */
export class UnsavedCopy {
    static #prefix = "line122.unsaved.";
    #key;
    #timer = null;
    /** Copies of cards that could not be read yet: they stay until they can. */
    #waiting = [];

    constructor(accountID) {
        this.#key = UnsavedCopy.#prefix + accountID;
        // Somebody else worked in this window before.
        for (const key of Object.keys(sessionStorage)) {
            if (key.startsWith(UnsavedCopy.#prefix) && key !== this.#key) sessionStorage.removeItem(key);
        }
    }

    /** Something was typed or kept. */
    touch(cards) {
        this.#timer ??= setTimeout(() => this.write(cards()), copyPause);
    }

    write(cards) {
        clearTimeout(this.#timer);
        this.#timer = null;
        const unsaved = cards.filter((card) => card.isDirty || card.forward.comment.trim() !== "").map((card) => ({
            id: card.id, base: card.base, form: card.form, caller: card.caller,
            forward: { organizationID: card.forward.organizationID, comment: card.forward.comment },
        }));
        unsaved.push(...this.#waiting.filter((item) => !unsaved.some((other) => other.id === item.id)));
        try {
            if (unsaved.length > 0) sessionStorage.setItem(this.#key, JSON.stringify(unsaved));
            else sessionStorage.removeItem(this.#key);
        } catch (error) {
            // Full or forbidden: the screen still has everything, and leaving it asks.
            console.warn("What is typed could not be copied.", error);
        }
    }

    forget() {
        clearTimeout(this.#timer);
        this.#waiting = [];
        sessionStorage.removeItem(this.#key);
    }

    /** The cards of before as they were typed, each read anew. @param mayChange whether a view may be changed here */
    async restore(mayChange) {
        let kept;
        try {
            kept = JSON.parse(sessionStorage.getItem(this.#key) ?? "[]");
        } catch {
            kept = [];
        }
        const cards = [];
        for (const item of kept) {
            let view;
            try {
                view = await get(`/api/appeals/${encodeURIComponent(item.id)}`);
            } catch (error) {
                // It went on with somebody else, who has what was kept of it.
                if (error.status === 403 || error.status === 404) continue;
                if (error.errorID === undefined) throw error;
                this.#waiting.push(item);
                continue;
            }
            const card = new OpenCard(view, { caller: item.caller, isReadOnly: !mayChange(view) });
            card.base = item.base;
            card.form = item.form;
            card.rebase(view);
            Object.assign(card.forward, item.forward);
            card.message = { kind: "note", text: "Это набрано до перезагрузки страницы и ещё не сохранено: проверьте и сохраните." };
            cards.push(card);
        }
        return cards;
    }
}

/** Beside «Сохранить»: since when the server has a draft. */
export function renderKept(card) {
    const target = byID("card-kept");
    target.textContent = card?.view.state === "draft" && card.keptAt
        ? `Черновик сохранён в ${format.timeWithSeconds(card.keptAt)}` : "";
}
