// The operator's calls: who is on the line, the clocks and limits, and what can be done now.
import { byID, element, pressTwice, toast } from "./dom.js";
import * as format from "./format.js";
import { now, sameID } from "./api.js";
import { tone } from "./sound.js";

/** Means of order S122, 5.2, in seconds (T-13). */
const norms = { questioning: 180, consultation: 300 };
/** The whole service of one call, in milliseconds (T-12). */
const wholeLimit = 600_000;
/** The third ring, in milliseconds (T-06). */
const thirdRing = 10_000;
/** A hold is nearly over so long before its end, in milliseconds (T-08). */
const holdWarning = 10_000;

const lineWords = {
    ringing: "звонит", talking: "разговор", held: "на удержании", dialling: "вызываем", transferring: "переводится",
    transferred: "переведён", waiting: "ждёт", leaving: "завершается",
};
const transferWords = {
    ringing: "вызываем", consulting: "вы говорите с ним", parked: "ждёт вас", conference: "разговор втроём",
    joined: "соединён",
};

/** Who has joined is heard by the citizen as well. */
const listening = { listen: "Слушает старший", whisper: "Подсказывает старший", join: "В разговоре старший, его слышит абонент" };

const since = (moment) => now() - Date.parse(moment);
const seconds = (milliseconds) => Math.max(0, Math.ceil(milliseconds / 1000));
const isSpeaking = (call) => call?.state === "talking" || call?.state === "held";

export class CallBar {
    #accountID;
    #actions;
    #own = { state: "offline", lines: [] };
    #plan = { breaks: [], holdSeconds: 30, emergencyTitle: null };
    #missing = null;
    #nameOf;
    #offeredBy = null;
    /** The end of the hold whose tone was played. */
    #toned = null;
    #isLost = true;
    /** Whether the emergency key waits for its second press. */
    isAskingEmergency = false;

    /**
     * @param order sends orders for a call, one after the other: (callID, title, …{action, …}); `title` says what is not
     * done when the answer does not come
     * @param finish «Сохранить и готов»
     * @param focusField goes to a field of the card
     * @param openTransfer shows the pane of transfers
     * @param nameOf the name of an operator
     * @param onChange called when the moment has changed by a key
     */
    constructor(accountID, { order, finish, focusField, openTransfer, nameOf, onChange }) {
        this.#accountID = accountID;
        this.#actions = { order, finish, focusField, openTransfer };
        this.#nameOf = nameOf;
        byID("button-take").addEventListener("click", () => this.take());
        byID("button-hold").addEventListener("click", () => this.toggleHold());
        byID("button-phase").addEventListener("click", () => this.togglePhase());
        byID("button-transfer").addEventListener("click", () => openTransfer());
        byID("button-finish").addEventListener("click", () => finish());
        byID("keypad").append(...[..."123456789*0#"].map((digit) => element("button",
            { type: "button", "data-digit": digit, click: () => this.#order("Клавиши", { action: "tones", digits: digit }) }, digit)));
        // A hand that presses twice by habit must not cut the caller off.
        pressTwice(byID("button-hang-up"), "Точно завершить?", () => this.#order("Завершение", { action: "hangUp" }), { pause: 1_000 });
        pressTwice(byID("button-emergency"), "Точно 103? F9", () => this.#callEmergency(),
            { onAsk: (isAsking) => { this.isAskingEmergency = isAsking; onChange(); } });
    }

    set plan(plan) {
        this.#plan = plan;
        this.render(this.#own, this.#missing, this.#isLost);
    }

    /** The call that is spoken in or rung for. */
    get #call() {
        const lines = this.#own.lines ?? [];
        return lines.find((call) => sameID(call.callID, this.#own.callID)) ?? lines[0];
    }

    /** The call whose orders are this operator's to give; the receiver of a consultation has none yet. */
    get mine() { return this.#call?.operatorID === this.#accountID ? this.#call : undefined; }

    /** Who hands a call over, as was announced before the ring. */
    offered(by) { this.#offeredBy = by; }

    #order(title, ...orders) {
        if (this.mine) this.#actions.order(this.mine.callID, title, ...orders);
    }

    /** Whether a key of the call cannot work, which is said: nobody may take silence for a done thing. */
    #isCut(title) {
        if (!this.#isLost || !isSpeaking(this.mine)) return false;
        toast(`${title}: нет связи с сервером. Сделайте это с телефона.`, "bad");
        return true;
    }

    // MARK: Orders

    take() {
        const { secondLine } = this.#own;
        if (secondLine) this.#actions.order(secondLine.callID, "Ответ второму абоненту", { action: "take" });
    }

    toggleHold() {
        if (this.#isCut("Удержание не включено") || byID("button-hold").disabled) return;
        this.#order("Удержание", { action: this.mine?.state === "held" ? "resume" : "hold" });
    }

    togglePhase() {
        if (this.#isCut("Часы не переключены") || byID("button-phase").disabled) return;
        this.#order("Переход", { action: "phase", phase: this.mine?.phase === "consultation" ? "questioning" : "consultation" });
    }

    /** One key, and the same key to confirm. */
    emergency() {
        if (this.#isCut("103 не набрано")) return;
        if (!byID("button-emergency").disabled) byID("button-emergency").click();
    }

    /** The same key, pressed twice with a pause. */
    hangUp() {
        if (this.#isCut("Разговор не завершён")) return;
        if (!byID("button-hang-up").disabled) byID("button-hang-up").click();
    }

    /** Whoever is being consulted is let go first: nobody waits for 103 until a colleague has finished. */
    #callEmergency() {
        this.#order("103", ...this.mine?.transfer ? [{ action: "cancelTransfer" }] : [], { action: "emergency" });
    }

    // MARK: Showing

    /** @param missing the fields of the card that are still to be filled, as [name, title]; null without a card */
    render(own, missing, isLost) {
        const before = this.#call;
        this.#own = own;
        this.#missing = missing;
        this.#isLost = isLost;
        if (own.state !== "ringing") this.#offeredBy = null;
        this.#noteEndOfHold(before);
        this.#renderLines();
        this.#renderTools();
        this.#renderNotice();
        this.tick();
    }

    /** The voice path has opened by itself: whoever looked away hears it. */
    #noteEndOfHold(before) {
        if (before?.state !== "held" || !before.heldUntil || before.heldUntil === this.#toned) return;
        const same = (this.#own.lines ?? []).find((call) => sameID(call.callID, before.callID));
        if (same?.state !== "talking" || since(before.heldUntil) < -1_500) return;
        this.#toned = before.heldUntil;
        tone();
        toast("Удержание закончилось: абонент снова вас слышит.", "bad");
    }

    #renderLines() {
        const lines = this.#own.lines ?? [];
        byID("call-lines").replaceChildren(...lines.map((call) => {
            const isMine = call.operatorID === this.#accountID;
            const words = !isMine && call.state !== "ringing" ? "вас спрашивает коллега" : lineWords[call.state] ?? call.state;
            const transfer = call.transfer && isMine
                ? ` → ${call.transfer.title}: ${transferWords[call.transfer.state]}` : "";
            return element("li", { "data-line": call.callID, "data-line-state": call.state },
                element("strong", {}, format.caller(call.caller)),
                element("span", { class: "quiet" }, `${words}${transfer}`),
                lines.length > 1 && isMine && call.state === "held" && !call.transfer
                    ? element("button", {
                        type: "button", "data-switch": call.callID,
                        click: () => this.#actions.order(call.callID, "Переключение", { action: "resume" }),
                    }, "Переключить") : null);
        }));
        const call = this.#call;
        byID("not-recorded").hidden = !(call?.isRecorded === false && isSpeaking(call));
        const listeners = call?.listeners ?? [];
        byID("listened").hidden = listeners.length === 0;
        byID("listened").textContent = listeners.map((id) =>
            `${listening[call.listenerModes?.[id]] ?? listening.listen}: ${this.#nameOf(id)}`).join(" · ");
    }

    #renderTools() {
        const call = this.mine;
        const isOpen = isSpeaking(call) && !this.#isLost;
        const transfer = call?.transfer;
        const set = (id, isUsable) => { byID(id).disabled = !isUsable; };
        const isHeld = call?.state === "held";
        set("button-hold", isOpen && (isHeld || !transfer || transfer.state === "parked"));
        byID("button-hold").firstChild.textContent = isHeld ? "Вернуться " : "Удержать ";
        set("button-phase", isOpen && Boolean(call.phase));
        byID("button-phase").textContent = call?.phase === "consultation" ? "К опросу" : "К консультации";
        set("button-transfer", isOpen);
        set("button-keypad", isOpen);
        set("button-emergency", isOpen && Boolean(this.#plan.emergencyTitle));
        set("button-hang-up", isOpen || (call?.state === "dialling" && !this.#isLost));
        if (!isOpen) byID("keypad").hidden = true;
    }

    /** What is to be done now, in one line; the first that applies. */
    #renderNotice() {
        const { state, secondLine } = this.#own;
        const notice = byID("call-notice");
        notice.dataset.kind = secondLine ? "secondLine" : state === "break" || state === "away" || state === "ringing"
            || state === "afterCall" ? state : "none";
        byID("button-take").hidden = !secondLine;
        byID("button-finish").hidden = notice.dataset.kind !== "afterCall";
        // After a transfer the card is somebody else's: there is nothing to save.
        byID("button-finish").firstChild.textContent = this.#missing === null ? "Готов " : "Сохранить и готов ";
        byID("missing-fields").replaceChildren(...(notice.dataset.kind === "afterCall" ? this.#missing ?? [] : []).map(
            ([name, title]) => element("button",
                { type: "button", class: "plain", "data-missing": name, click: () => this.#actions.focusField(name) }, title)));
    }

    #noticeText() {
        const { state, secondLine, limitAt, breakReason } = this.#own;
        const call = this.#call;
        switch (byID("call-notice").dataset.kind) {
        case "secondLine":
            return `Вторая линия: ${format.caller(secondLine.caller)}, ${seconds(since(secondLine.ringingSince ?? secondLine.receivedAt))} с`;
        case "ringing": {
            const rung = call?.transfer?.toOperatorID === this.#accountID ? this.#own.since : call?.ringingSince ?? this.#own.since;
            const words = call?.transfer?.toOperatorID === this.#accountID
                ? `Перевод${this.#offeredBy ? ` от ${this.#nameOf(this.#offeredBy)}` : ""}` : call?.callbackID ? "Перезвон" : "Вызов";
            return `${words}: ${call ? format.caller(call.caller) : ""}, снимите трубку · ${seconds(since(rung))} с`;
        }
        case "away": return "Вы не ответили на звонок — нажмите «Готов»";
        case "afterCall": {
            const left = limitAt ? `осталось ${format.duration(Date.parse(limitAt) - now())}` : "";
            const words = this.#missing === null ? "" : this.#missing.length > 0 ? " Заполните:" : " Карточка заполнена.";
            return `Постобработка: ${left}.${words}`;
        }
        case "break": {
            const title = this.#plan.breaks.find((item) => item.code === breakReason)?.title ?? "Перерыв";
            if (!limitAt) return title;
            const left = Date.parse(limitAt) - now();
            return left >= 0 ? `${title}: осталось ${format.duration(left)}` : `${title}: дольше нормы на ${format.duration(-left)}`;
        }
        default: return state === "ready" ? "Ждём звонка" : state === "offline" ? "Чтобы принимать звонки, нажмите «Готов»" : "";
        }
    }

    /** Once a second: only the figures change. */
    tick() {
        const { limitAt, state } = this.#own;
        const call = this.#call;
        const notice = byID("call-notice");
        byID("call-notice-text").textContent = this.#noticeText();
        const rung = call?.ringingSince ?? this.#own.since;
        const isLate = (state === "ringing" && rung && since(rung) >= thirdRing)
            || ((state === "break" || state === "afterCall") && limitAt && since(limitAt) > 0);
        notice.dataset.level = isLate ? "late" : "good";
        byID("call-clocks").hidden = !call?.answeredAt || state === "afterCall";
        notice.hidden = notice.dataset.kind === "none" && Boolean(call);
        if (call?.answeredAt) this.#tickClocks(call);
        this.#tickHold(this.mine);
    }

    #tickClocks(call) {
        for (const phase of ["questioning", "consultation"]) {
            const isRunning = call.phase === phase && call.phaseSince;
            const passed = (call[phase] ?? 0) * 1_000 + (isRunning ? since(call.phaseSince) : 0);
            const clock = byID(`clock-${phase}`);
            clock.dataset.running = String(Boolean(isRunning));
            clock.dataset.level = passed > norms[phase] * 1_000 ? "late" : "good";
            byID(`time-${phase}`).textContent = format.duration(passed);
            byID(`progress-${phase}`).value = Math.min(norms[phase], passed / 1_000);
        }
        const whole = since(call.answeredAt);
        byID("time-whole").textContent = format.duration(whole);
        byID("clock-whole").dataset.level = whole > wholeLimit ? "late" : whole > wholeLimit * 0.8 ? "long" : "good";
    }

    #tickHold(call) {
        const held = byID("clock-hold");
        held.hidden = !(call?.state === "held" && call.heldUntil);
        if (held.hidden) return;
        const left = Date.parse(call.heldUntil) - now();
        byID("time-hold").textContent = String(seconds(left));
        held.dataset.level = left <= 0 ? "late" : left <= holdWarning ? "long" : "good";
        if (left <= 0 && this.#toned !== call.heldUntil) {
            this.#toned = call.heldUntil;
            tone();
        }
    }
}
