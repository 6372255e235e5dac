// The line as who is in charge sees it: every operator, and a way to listen and help (J-10).
import { byID, element, showMessage, unlessPressed } from "./dom.js";
import * as format from "./format.js";
import { call, get, newID, now, sameID, withQuery } from "./api.js";
import { stateWords } from "./bar.js";

const modes = [["listen", "Слушать"], ["whisper", "Подсказать"], ["join", "Войти"], ["stop", "Стоп"]];
/** Who needs a look comes first. */
const order = ["away", "holding", "talking", "ringing", "afterCall", "ready", "break", "offline"];

const percent = (share) => share === null || share === undefined
    ? "–" : `${(share * 100).toFixed(1).replace(".", ",")} %`;

export class Board {
    #line;
    #accountID;

    constructor(line, { accountID, telephone }) {
        this.#line = line;
        this.#accountID = accountID;
        byID("board-telephone").value = telephone ?? "";
    }

    render() { unlessPressed("board", () => this.#render()); }

    #render() {
        const operators = [...this.#line.operators.values()].sort((left, right) =>
            order.indexOf(left.state) - order.indexOf(right.state) || left.displayName.localeCompare(right.displayName, "ru"));
        byID("board-list").replaceChildren(...operators.map((person) => this.#row(person)));
        byID("board-empty").hidden = operators.length > 0;
    }

    #row(person) {
        const own = (person.lines ?? []).find((line) => sameID(line.callID, person.callID))
            ?? this.#line.call(person.callID);
        const isHeard = own?.listeners?.includes(this.#accountID);
        return element("li", { "data-operator": person.operatorID, "data-state": person.state },
            element("strong", {}, person.displayName),
            element("span", { class: "chip-small", "data-state": person.state }, stateWords[person.state] ?? person.state),
            element("span", { class: "wait", "data-board-since": person.since }, format.duration(now() - Date.parse(person.since))),
            element("span", { class: "sub" }, own
                ? `${format.caller(own.caller)}${own.isRecorded === false ? " · не записывается" : ""}` : `тел. ${person.telephone}`),
            own?.answeredAt && own.operatorID === person.operatorID ? element("span", { class: "board-buttons" },
                ...modes.filter(([mode]) => mode !== "stop" || isHeard).map(([mode, title]) => element("button",
                    { type: "button", "data-mode": mode, click: () => this.#supervise(own.callID, mode) }, title))) : null);
    }

    async #supervise(callID, mode) {
        const telephone = byID("board-telephone").value.trim();
        try {
            await call("POST", `/api/calls/${encodeURIComponent(callID)}/supervise`,
                telephone ? { mode, telephone } : { mode }, { "Idempotency-Key": newID() });
            showMessage(byID("board-message"), mode === "stop" ? null : "Звоним на ваш телефон.", "note");
        } catch (error) {
            showMessage(byID("board-message"), error.message, "bad");
        }
    }

    /** The indicators of today, by the clock of this workplace's day. */
    async readIndicators() {
        const start = new Date(now());
        start.setHours(0, 0, 0, 0);
        const found = await get(withQuery("/api/indicators",
            { from: start.toISOString(), to: new Date(now() + 60_000).toISOString() }));
        byID("board-indicators").replaceChildren(...[
            ["Поступило", found.offered], ["Принято", found.answered],
            ["За 60 с (цель 90 %)", percent(found.shareOfAccepted)], ["Без ответа (не более 5 %)", percent(found.unanswered)],
            ["Ждали дольше 120 с", found.waitedOverLimit],
        ].map(([title, value]) => element("div", {}, element("strong", {}, String(value)), element("span", { class: "sub" }, title))));
    }

    tick() {
        for (const timer of document.querySelectorAll("[data-board-since]")) {
            timer.textContent = format.duration(now() - Date.parse(timer.dataset.boardSince));
        }
    }
}
