// Callbacks of a card: what becomes of them, and promising one for later.
import { byID, showMessage, toast } from "./dom.js";
import * as format from "./format.js";
import { WishKey, call, now } from "./api.js";
import { clean } from "./text.js";

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
    expired: "время вышло", "outcome-changed": "сообщают иначе", "number-has-extension": "у номера добавочный",
    "outcome-unknown": "исход пяти попыток неизвестен", "daily-limit": "за сутки звонили слишком часто",
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

const days = { сегодня: 0, завтра: 1, послезавтра: 2 };

/**
 * Reads a day to come: «завтра», `1.12`, `1.12.26`, `01122026`, `2026-12-01`; without a year it is the next such day.
 * @param today `2026-11-30`, by the clock of the region
 * @returns {value: `2026-12-01`} or {error}
 */
export function readDay(text, today) {
    const typed = clean(text).trim().toLowerCase();
    const [thisYear] = today.split("-").map(Number);
    const written = (moment) => moment.toISOString().slice(0, 10);
    if (typed in days) return { value: written(new Date(Date.parse(today) + days[typed] * 86_400_000)) };
    let found = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(typed);
    if (found) found = [found[0], found[3], found[2], found[1]];
    found ??= /^(\d{1,2})[.,/\s-]+(\d{1,2})(?:[.,/\s-]+(\d{4}|\d{2}))?\.?$/.exec(typed) ?? /^(\d{2})(\d{2})(\d{4})?$/.exec(typed);
    if (!found) return { error: "Запишите день в виде ДД.ММ.ГГГГ или словом «завтра»." };
    const [day, month] = found.slice(1, 3).map(Number);
    const year = found[3] ? Number(found[3]) + (found[3].length === 2 ? 2_000 : 0) : null;
    const moment = (of) => new Date(Date.UTC(of, month - 1, day));
    const chosen = moment(year ?? thisYear);
    if (chosen.getUTCDate() !== day || chosen.getUTCMonth() !== month - 1) {
        return { error: "Такого дня нет: проверьте число и месяц." };
    }
    if (year === null && written(chosen) < today) return { value: written(moment(thisYear + 1)) };
    return { value: written(chosen) };
}

/** Reads a time of day: `10:30`, `10.30`, `1030`, `9`. @returns {value: `10:30`} or {error} */
export function readTime(text) {
    const found = /^(\d{1,2})(?:[:.,\s-]?(\d{2}))?$/.exec(clean(text).trim());
    const [hours, minutes] = [Number(found?.[1]), Number(found?.[2] ?? 0)];
    if (!found || hours > 23 || minutes > 59) return { error: "Запишите время в виде ЧЧ:ММ, например 10:30." };
    return { value: `${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}` };
}

/** The row beneath the head of a card in which a call is promised; what is typed there stays with its card. */
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
        byID("promise").addEventListener("input", () => {
            Object.assign(this.#card.promise, {
                day: byID("promise-day").value, time: byID("promise-time").value,
                isPersonal: byID("promise-personal").checked,
            });
            showMessage(byID("promise-message"), null);
        });
        // Enter here does not save the card.
        byID("promise").addEventListener("keydown", (event) => {
            if (event.key !== "Enter" || event.ctrlKey || event.target.tagName === "BUTTON") return;
            event.preventDefault();
            event.stopPropagation();
            this.#send();
        });
    }

    render(card) {
        const isOther = card !== this.#card;
        this.#card = card;
        byID("button-promise").hidden = !card || card.isReadOnly || card.isLocked || !card.view.card.phone || !card.view.callID;
        if (isOther) this.#show();
    }

    #show() {
        const promise = this.#card?.promise;
        byID("promise").hidden = !promise;
        byID("button-promise").setAttribute("aria-expanded", String(Boolean(promise)));
        showMessage(byID("promise-message"), null);
        if (!promise) return;
        byID("promise-day").value = promise.day;
        byID("promise-time").value = promise.time;
        byID("promise-personal").checked = promise.isPersonal;
    }

    #toggle(isShown) {
        this.#card.promise = isShown
            ? { day: format.date(now() + 86_400_000), time: "10:00", isPersonal: true } : null;
        this.#show();
        if (isShown) byID("promise-time").focus();
        else byID("button-promise").focus();
    }

    #refuse(id, words) {
        showMessage(byID("promise-message"), words, "bad");
        byID(id).focus();
    }

    async #send() {
        const card = this.#card;
        if (!card?.promise || this.#isSending) return;
        const day = readDay(card.promise.day, format.date(now()).split(".").reverse().join("-"));
        if (day.error) return this.#refuse("promise-day", day.error);
        const time = readTime(card.promise.time);
        if (time.error) return this.#refuse("promise-time", time.error);
        this.#isSending = true;
        byID("promise-send").disabled = true;
        try {
            const wish = { appealID: card.id, day: day.value, time: time.value, isPersonal: card.promise.isPersonal };
            const callback = await call("POST", "/api/callbacks", wish, { "Idempotency-Key": this.#key.for(wish) });
            this.#key.answered();
            card.promise = null;
            if (card === this.#card) this.#toggle(false);
            this.#onPromised(card, callback);
        } catch (error) {
            // What was typed stays.
            if (card === this.#card) showMessage(byID("promise-message"), error.message, "bad");
            else toast(`${card.title}: ${error.message}`, "bad");
        } finally {
            this.#isSending = false;
            byID("promise-send").disabled = false;
        }
    }
}
