// Messages of the electronic secretary: those that wait for whoever comes first, and the players on a card (T-03).
import { byID, element } from "./dom.js";
import * as format from "./format.js";
import { now, sameID } from "./api.js";

export class MessageList {
    #answer = { messages: [], count: 0, nextDueAt: null };
    #take;
    #readAgain;
    #timer;

    /**
     * @param take called with the message that the operator wants, null when somebody else only looks
     * @param readAgain called when the next message falls due
     */
    constructor({ take, readAgain }) {
        this.#take = take;
        this.#readAgain = readAgain;
    }

    show(answer) {
        this.#answer = answer;
        clearTimeout(this.#timer);
        if (answer.nextDueAt) {
            // Longer waits than a timer can count are looked at again on the way.
            const wait = Math.min(Math.max(1_000, Date.parse(answer.nextDueAt) - now() + 500), 3_600_000);
            this.#timer = setTimeout(this.#readAgain, wait);
        }
        this.#render();
    }

    has(appealID) { return this.#answer.messages.some((message) => sameID(message.appealID, appealID)); }

    /** Somebody has taken it: it leaves at once, before the list is read again. */
    remove(appealID) {
        if (!this.has(appealID)) return;
        const messages = this.#answer.messages.filter((message) => !sameID(message.appealID, appealID));
        this.#answer = { ...this.#answer, messages, count: this.#answer.count - 1 };
        this.#render();
    }

    #render() {
        const { messages, count } = this.#answer;
        byID("section-messages").hidden = count === 0;
        byID("message-count").textContent = String(count);
        byID("message-list").replaceChildren(...messages.map((message) => element("li", { "data-message": message.appealID },
            element("span", {}, format.caller(message.caller)),
            this.#take ? element("button", { type: "button", click: () => this.#take(message) }, "Взять") : null,
            element("span", { class: "sub" },
                `${format.moment(message.leftAt, now())} · ${format.duration(message.seconds * 1_000)}`))));
    }
}

/** The players of a card; left alone while they are the same, so that a sound goes on. */
export function renderPlayers(card) {
    const box = byID("card-messages");
    const messages = card.view.messages ?? [];
    const wanted = `${card.id} ${messages.map((message) => message.recordingID).join(" ")}`;
    box.hidden = messages.length === 0;
    if (box.dataset.shown === wanted) return;
    box.dataset.shown = wanted;
    box.replaceChildren(...messages.map((message) => element("div", { class: "player" },
        element("span", {}, `Сообщение секретаря ${format.moment(message.leftAt, now())}`),
        element("audio", {
            controls: true, preload: "none",
            src: `/api/recordings/${encodeURIComponent(message.recordingID)}?appeal=${encodeURIComponent(message.appealID)}`,
        }))));
}
