// The state bar and the list of the line.
import { byID, element } from "./dom.js";
import * as format from "./format.js";
import { now, sameID } from "./api.js";

export const stateWords = {
    ready: "Готов", ringing: "Вызов", talking: "Разговор", holding: "Удержание", afterCall: "Постобработка",
    break: "Перерыв", away: "Нет ответа", offline: "Не на линии",
};
/** Rows of the list; more would not be read. */
const shownWaiting = 12;
const shownTalking = 12;

/** Green under a minute, amber to two, red after. */
const level = (milliseconds) => milliseconds > 120_000 ? "late" : milliseconds >= 60_000 ? "long" : "good";

export class Bar {
    #line;
    #me;
    #isLost = true;
    #longest = null;

    constructor(line, me) {
        this.#line = line;
        this.#me = me;
    }

    get own() {
        return this.#line.operators.get(this.#me.accountID)
            ?? { state: "offline", since: null, callID: null, lines: [], secondLine: null };
    }

    /** The call that is spoken in or rung for, as the operator's own lines know it. */
    get ownCall() {
        const { callID, lines } = this.own;
        return (lines ?? []).find((call) => sameID(call.callID, callID)) ?? this.#line.call(callID)
            ?? this.#line.callOf(this.#me.accountID);
    }

    get isLost() { return this.#isLost; }

    setLost(isLost) {
        this.#isLost = isLost;
        const connection = byID("connection");
        connection.dataset.connection = isLost ? "lost" : "open";
        connection.textContent = isLost ? "Нет связи" : "На связи";
        const isSpeaking = this.own.state === "talking" || this.own.state === "holding";
        byID("lost-strip").hidden = !isLost || !isSpeaking;
        this.render();
    }

    render() {
        this.#renderOwn();
        this.#renderList();
        this.tick();
    }

    #renderOwn() {
        const { state } = this.own;
        // Without a connection the state on the screen may be an old one, and must not look like a true one.
        const shown = this.#isLost ? "lost" : state;
        byID("own-state").dataset.state = shown;
        byID("own-state-icon").setAttribute("href", `#icon-${shown}`);
        byID("own-state-word").textContent = this.#isLost ? "Нет связи" : stateWords[state] ?? state;
        for (const button of document.querySelectorAll("[data-set-state]")) {
            const isCurrent = button.dataset.setState === state;
            button.setAttribute("aria-pressed", String(isCurrent));
            button.disabled = this.#isLost;
        }
        byID("button-break").setAttribute("aria-pressed", String(state === "break"));
        byID("button-break").disabled = this.#isLost;
    }

    #renderList() {
        const { waiting, talking } = this.#line;
        this.#longest = waiting[0]?.receivedAt ?? null;
        byID("queue-length").textContent = String(waiting.length);
        byID("operators-ready").textContent = `${this.#line.readyCount} из ${this.#line.operators.size}`;
        const own = talking.filter((call) => this.#isMine(call));
        const others = talking.filter((call) => !this.#isMine(call));
        const speaks = (call) => this.#row(call, this.#nameOf(call.operatorID), call.answeredAt ?? call.receivedAt);
        const rows = [
            ...own.map(speaks),
            ...waiting.slice(0, shownWaiting).map((call) => this.#row(call, "ждёт", call.receivedAt)),
            this.#more(waiting.length - shownWaiting, "ждут"),
            ...others.slice(0, shownTalking).map(speaks),
            this.#more(others.length - shownTalking, "говорят"),
        ].filter(Boolean);
        byID("line-list").replaceChildren(
            ...(rows.length > 0 ? rows : [element("li", { class: "none" }, "Звонков нет")]));
    }

    #isMine(call) { return call.operatorID === this.#me.accountID; }

    #nameOf(operatorID) {
        if (operatorID === this.#me.accountID) return "разговор с вами";
        return this.#line.operators.get(operatorID)?.displayName ?? "разговор";
    }

    #row(call, words, since) {
        const isWaiting = call.state !== "talking" && call.state !== "held";
        return element("li",
            { "data-call": call.callID, "data-call-state": call.state, "data-mine": String(this.#isMine(call)) },
            element("span", {}, format.caller(call.caller)),
            element("strong", { class: "wait", "data-since": since, "data-waits": isWaiting }, ""),
            element("span", { class: "sub" },
                call.callbackID ? `перезвон · ${words}` : call.state === "ringing" ? "вызов оператора" : words));
    }

    #more(count, words) {
        return count > 0 ? element("li", { class: "none" }, `и ещё ${words}: ${count}`) : null;
    }

    /** Once a second: only the figures change. */
    tick() {
        const at = now();
        const { since, state } = this.own;
        byID("own-state-timer").textContent =
            since && state !== "offline" && !this.#isLost ? format.duration(at - Date.parse(since)) : "";
        const longest = byID("longest-wait");
        longest.textContent = this.#longest ? format.duration(at - Date.parse(this.#longest)) : "–";
        longest.dataset.level = this.#longest ? level(at - Date.parse(this.#longest)) : "good";
        for (const timer of document.querySelectorAll("#line-list [data-since]")) {
            const passed = at - Date.parse(timer.dataset.since);
            timer.textContent = format.duration(passed);
            if ("waits" in timer.dataset) timer.dataset.level = level(passed);
        }
        byID("clock").textContent = `${format.time(at)} ${format.zoneName(at)}`;
    }
}
