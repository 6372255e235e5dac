// Callbacks of a card: what becomes of them, and promising one for later.
import { byID, showMessage } from "./dom.js";
import * as format from "./format.js";
import { WishKey, call, now } from "./api.js";

const kinds = {
    brokenCall: "Обрыв", requested: "Просил перезвонить", abandonedWait: "Не дождался ответа",
    deferredAnswer: "Обещан звонок", appealOutcome: "Звонок о мерах", survey: "Опрос",
    appointmentReminder: "Напоминание о приёме", waitingListOffer: "Предложено время",
};
/** Kinds in which a voice speaks. */
export const spoken = ["appealOutcome", "survey", "appointmentReminder", "waitingListOffer"];
const choices = {
    understood: "подтвердил", willCome: "придёт", cancels: "отменяет запись", accepts: "согласен", declines: "отказался",
    asksOperator: "выбрал оператора", heard: "прослушал",
};
const outcomes = {
    answered: "ответили", busy: "занято", noAnswer: "не ответили", rejected: "отклонили", unreachable: "недоступен",
    failed: "не дозвонились", machine: "автоответчик", unknown: "исход неизвестен",
};
const reasons = {
    "called-in": "звонящий перезвонил сам", served: "с ним уже поговорили", cancelled: "отменён",
    "do-not-call": "просил не звонить", "own-number": "номер центра", "booking-cancelled": "запись отменена",
    expired: "время вышло", "outcome-changed": "сообщают иначе",
};

/** What a callback has come to, in a few words. */
export function callbackWords(callback) {
    if (!callback) return "";
    const kind = kinds[callback.kind ?? "brokenCall"];
    const last = callback.attempts.at(-1);
    switch (callback.state) {
    case "open": return `${kind}: ${openWords(callback, last)}`;
    case "reached": return spoken.includes(callback.kind)
        ? `${kind}: ${choices[callback.choice] ?? "абонент ответил"}` : `${kind}: перезвонили, ответ получен`;
    case "exhausted": return `${kind}: не дозвонились, ${callback.attempts.length} ${
        format.plural(callback.attempts.length, "попытка", "попытки", "попыток")}`;
    case "withdrawn": return `${kind}: ${reasons[callback.reason] ?? "номер не набирается"}`;
    default: return "";
    }
}

/** C-01: how long after a break the first dial may take. */
const limit = 15_000;

function openWords(callback, last) {
    if (!last) return "перезвоним";
    const isUrgent = (callback.kind ?? "brokenCall") === "brokenCall";
    if (isUrgent && last.number === 1 && !last.startedAt) {
        const left = Math.ceil((Date.parse(callback.brokenAt) + limit - now()) / 1_000);
        return left > 0 ? `наберём, осталось ${left} с` : "набираем";
    }
    if (last.outcome === "answered") {
        return spoken.includes(callback.kind) ? "ответили, говорит голос" : "ответили, соединяем";
    }
    if (last.outcome) return `попытка ${last.number}, ${outcomes[last.outcome] ?? last.outcome}`;
    if (last.startedAt) return `набираем, попытка ${last.number}`;
    const before = outcomes[callback.attempts.at(-2)?.outcome];
    return `${before ? `${before}, ` : ""}наберём ${format.moment(last.dueAt, now())}, попытка ${last.number}`;
}

/** The time line of a callback, a line a step (X-01). */
export function callbackTimeline(callback) {
    if (!callback) return "";
    const isBroken = (callback.kind ?? "brokenCall") === "brokenCall";
    const steps = [[isBroken ? "обрыв" : "возник", callback.brokenAt], ["обрыв замечен", callback.heardAt]];
    for (const attempt of callback.attempts) {
        steps.push(
            [`попытка ${attempt.number}: решено набрать`, attempt.decidedAt ?? (attempt.number === 1 ? callback.decidedAt : null)],
            ["команда отправлена", attempt.startedAt], ["станция набирает", attempt.acceptedAt], ["звонит", attempt.ringingAt]);
        if (attempt.finishedAt) steps.push([outcomes[attempt.outcome] ?? "окончена", attempt.finishedAt]);
    }
    steps.push(["соединён", callback.joinedAt]);
    // A break and its dial lie tenths of a second apart.
    const moment = (at) => `${format.timeWithSeconds(at)},${String(new Date(at).getMilliseconds()).padStart(3, "0")}`;
    return steps.filter(([, at]) => at).map(([what, at]) => `${moment(at)} ${what}`).join("\n");
}

/** The row beneath the head of a card in which a call is promised. */
export class PromiseRow {
    #card = null;
    /** Sent again after a lost answer it is the same promise; a corrected one is another. */
    #key = new WishKey();
    #isSending = false;
    #onPromised;

    /** @param onPromised called with the card and its callback */
    constructor({ onPromised }) {
        this.#onPromised = onPromised;
        byID("button-promise").addEventListener("click", () => this.#toggle(byID("promise").hidden));
        byID("promise-send").addEventListener("click", () => this.#send());
        byID("promise-close").addEventListener("click", () => this.#toggle(false));
        // Enter here does not save the card.
        byID("promise").addEventListener("keydown", (event) => {
            if (event.key !== "Enter" || event.target.tagName === "BUTTON") return;
            event.preventDefault();
            event.stopPropagation();
            this.#send();
        });
    }

    render(card) {
        if (card !== this.#card) this.#toggle(false);
        this.#card = card;
        byID("button-promise").hidden = !card || card.isReadOnly || card.isLocked || !card.view.card.phone || !card.view.callID;
    }

    #toggle(isShown) {
        byID("promise").hidden = !isShown;
        byID("button-promise").setAttribute("aria-expanded", String(isShown));
        showMessage(byID("promise-message"), null);
        if (!isShown) return;
        const tomorrow = now() + 86_400_000;
        const [day, month, year] = format.date(tomorrow).split(".");
        byID("promise-day").value = `${year}-${month}-${day}`;
        byID("promise-time").value = "10:00";
        byID("promise-time").focus();
    }

    async #send() {
        const card = this.#card;
        if (!card || this.#isSending) return;
        this.#isSending = true;
        byID("promise-send").disabled = true;
        try {
            const wish = {
                appealID: card.id, day: byID("promise-day").value, time: byID("promise-time").value,
                isPersonal: byID("promise-personal").checked,
            };
            const callback = await call("POST", "/api/callbacks", wish, { "Idempotency-Key": this.#key.for(wish) });
            this.#key.answered();
            this.#toggle(false);
            this.#onPromised(card, callback);
        } catch (error) {
            // What was typed stays.
            showMessage(byID("promise-message"), error.message, "bad");
        } finally {
            this.#isSending = false;
            byID("promise-send").disabled = false;
        }
    }
}
