// The line as who is in charge sees it: every operator, and a way to listen and help (J-10).
import { byID, element, showMessage, unlessPressed } from "./dom.js";
import * as format from "./format.js";
import { call, get, newID, now, sameID, withQuery } from "./api.js";
import { stateWords } from "./bar.js";
import { callbackTimeline, callbackWords } from "./promise.js";

const modes = [["listen", "Слушать"], ["whisper", "Подсказать"], ["join", "Войти"], ["stop", "Стоп"]];
/** Who needs a look comes first. */
const order = ["away", "holding", "talking", "ringing", "afterCall", "ready", "break", "offline"];

const percent = (share) => share === null || share === undefined
    ? "–" : `${(share * 100).toFixed(1).replace(".", ",")} %`;

const share = (part, whole) => whole > 0 ? part / whole : null;
/** Norms of order S122, 5.2, and of C-01. */
const norms = {
    accepted: (value) => value >= 0.9, unanswered: (value) => value <= 0.05, overLimit: (value) => value === 0,
    dialledInTime: (value) => value >= 1,
};

/** A figure with its title; one that misses its norm is marked by a word as well as by a colour. */
function indicator(title, value, show, isKept) {
    const isMissed = isKept !== undefined && value !== null && value !== undefined && !isKept(value);
    return element("div", { "data-missed": isMissed ? "true" : null }, element("strong", {}, show(value)),
        element("span", { class: "sub" }, title), isMissed ? element("span", { class: "missed" }, "норма нарушена") : null);
}

export class Board {
    #line;
    #accountID;
    #callbacks = [];
    #actions;
    /** The call for which the own telephone is being rung. */
    #calledFor = null;

    /**
     * @param titleOf the card of a callback in a few words, or null while none is known
     * @param openCard opens the card of a callback
     */
    constructor(line, { accountID, telephone }, { titleOf, openCard }) {
        this.#actions = { titleOf, openCard };
        this.#line = line;
        this.#accountID = accountID;
        byID("board-telephone").value = telephone ?? "";
        byID("do-not-call-form").addEventListener("submit", (event) => {
            event.preventDefault();
            this.#list(byID("do-not-call-number").value, true);
        });
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
        const current = isHeard ? own.listenerModes?.[this.#accountID] ?? "listen" : null;
        if (isHeard && sameID(own.callID, this.#calledFor)) {
            // The telephone has been picked up.
            this.#calledFor = null;
            showMessage(byID("board-message"), null);
        }
        return element("li", { "data-operator": person.operatorID, "data-state": person.state },
            element("strong", {}, person.displayName),
            element("span", { class: "chip-small", "data-state": person.state }, stateWords[person.state] ?? person.state),
            element("span", { class: "wait", "data-board-since": person.since }, format.duration(now() - Date.parse(person.since))),
            element("span", { class: "sub" }, own
                ? `${format.caller(own.caller)}${own.isRecorded === false ? " · не записывается" : ""}` : `тел. ${person.telephone}`),
            own?.answeredAt && own.operatorID === person.operatorID ? element("span", { class: "board-buttons" },
                ...modes.filter(([mode]) => mode !== "stop" || isHeard).map(([mode, title]) => element("button",
                    {
                        type: "button", "data-mode": mode, "aria-pressed": mode === "stop" ? null : String(mode === current),
                        click: () => this.#supervise(own.callID, mode),
                    }, title))) : null);
    }

    async #supervise(callID, mode) {
        const telephone = byID("board-telephone").value.trim();
        try {
            await call("POST", `/api/calls/${encodeURIComponent(callID)}/supervise`,
                telephone ? { mode, telephone } : { mode }, { "Idempotency-Key": newID() });
            const { listeners } = this.#line.call(callID) ?? {};
            const isCalled = mode !== "stop" && !listeners?.includes(this.#accountID);
            this.#calledFor = isCalled ? callID : null;
            showMessage(byID("board-message"), isCalled ? "Звоним на ваш телефон." : null, "note");
        } catch (error) {
            showMessage(byID("board-message"), error.message, "bad");
        }
    }

    /** Everything that is no live event. */
    async read() {
        await Promise.all([this.readIndicators(), this.readCallbacks(), this.readSurveys(), this.readDoNotCall()]);
    }

    /** The indicators of today, by the clock of this workplace's day. */
    async readIndicators() {
        const start = new Date(now());
        start.setHours(0, 0, 0, 0);
        const period = { from: start.toISOString(), to: new Date(now() + 60_000).toISOString() };
        const [found, callbacks] = await Promise.all(
            ["/api/indicators", "/api/indicators/callbacks"].map((path) => get(withQuery(path, period))));
        byID("board-indicators").replaceChildren(...[
            ["Поступило", found.offered, String], ["Принято", found.answered, String],
            ["За 60 с (цель 90 %)", found.shareOfAccepted, percent, norms.accepted],
            ["Без ответа (не более 5 %)", found.unanswered, percent, norms.unanswered],
            ["Ждали дольше 120 с", found.waitedOverLimit, String, norms.overLimit],
            ["Обрывов", callbacks.broken, String],
            ["Набраны за 15 с (цель 100 %)", share(callbacks.dialledInTime, callbacks.broken), percent, norms.dialledInTime],
            ["Две попытки и больше", share(callbacks.dialledTwice, callbacks.dueTwice), percent],
            ["Обещания сдержаны", share(callbacks.promisesKept, callbacks.promisesDue), percent],
        ].map(([title, value, show, isKept]) => indicator(title, value, show, isKept)));
    }

    get hasOpenCallbacks() { return this.#callbacks.length > 0; }

    /** Callbacks for which an operator is needed and that are not over, each with its time line (X-01). */
    async readCallbacks() {
        this.#callbacks = await get(withQuery("/api/callbacks", { needsOperator: true }));
        this.#renderCallbacks();
    }

    #renderCallbacks() {
        byID("board-callback-count").textContent = String(this.#callbacks.length);
        const shown = new Set([...document.querySelectorAll("#board-callbacks details[open]")]
            .map((details) => details.parentElement.dataset.callback));
        unlessPressed("board-callbacks", () => byID("board-callbacks").replaceChildren(
            ...this.#callbacks.slice(0, 50).map((callback) =>
                element("li", { "data-callback": callback.callbackID },
                    element("details", { open: shown.has(callback.callbackID) },
                        element("summary", { "data-callback-words": callback.callbackID }, callbackWords(callback)),
                        element("pre", {}, callbackTimeline(callback))),
                    element("button",
                        {
                            type: "button", class: "plain", "data-callback-card": callback.callbackID,
                            click: () => this.#actions.openCard(callback),
                        }, this.#actions.titleOf(callback) ?? "К карточке")))));
    }

    /** What citizens answered (C-06). */
    async readSurveys() {
        const results = await get(withQuery("/api/surveys",
            { from: new Date(now() - 30 * 86_400_000).toISOString(), to: new Date(now() + 60_000).toISOString() }));
        byID("board-surveys").replaceChildren(...results.length > 0 ? results.map((result) => element("div", {},
            element("p", {}, `Опросник ${result.questionnaire}: пройдено ${result.states.completed ?? 0}, частично ${
                result.states.partial ?? 0}, отказов ${result.states.refused ?? 0}, не дозвонились ${
                result.states.notReached ?? 0}, низких оценок ${result.low}`),
            element("ul", {}, ...result.questions.map((question) => element("li", {},
                `${question.title}${question.mean === undefined || question.mean === null
                    ? "" : `, в среднем ${question.mean.toFixed(1).replace(".", ",")}`}: `,
                question.marks.map((mark) => `${mark.title} — ${mark.count}`).join(", "))))))
            : [element("p", { class: "quiet" }, "Опросов ещё не было.")]);
    }

    // MARK: Numbers that are not to be called

    async readDoNotCall() {
        const entries = await get("/api/do-not-call");
        byID("do-not-call-list").replaceChildren(...entries.map((entry) => element("li", {},
            element("span", {}, format.phone(entry.number)),
            element("button", { type: "button", click: () => this.#list(entry.number, false) }, "Убрать"),
            element("span", { class: "sub" }, format.moment(entry.listedAt, now())))));
    }

    async #list(number, isListed) {
        try {
            await call(isListed ? "PUT" : "DELETE", "/api/do-not-call", { number }, { "Idempotency-Key": newID() });
            if (isListed) byID("do-not-call-number").value = "";
            showMessage(byID("do-not-call-message"), null);
            await this.readDoNotCall();
        } catch (error) {
            showMessage(byID("do-not-call-message"), error.message, "bad");
        }
    }

    tick() {
        for (const words of document.querySelectorAll("[data-callback-words]")) {
            const callback = this.#callbacks.find((other) => sameID(other.callbackID, words.dataset.callbackWords));
            if (callback) words.textContent = callbackWords(callback);
        }
        for (const timer of document.querySelectorAll("[data-board-since]")) {
            timer.textContent = format.duration(now() - Date.parse(timer.dataset.boardSince));
        }
    }
}
