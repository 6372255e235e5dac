// What is said aloud, in one place: the standard speech modules and the tactics of order 75-П, appendix, 7, 10, 12, 13
// (T-11). Values, no page; the panel at the end shows what fits the moment.
import { byID, element } from "./dom.js";

/** «Иван Петрович», as a caller is addressed; empty while the name is not known. */
export const addressOf = (form) => [form?.given, form?.patronymic].map((word) => word?.trim()).filter(Boolean).join(" ");

const opening = (address, words) => address ? `${address}, ${words}` : words[0].toUpperCase() + words.slice(1);

export const phrases = {
    greeting: ({ address, operator }) =>
        `Здравствуйте, ${address || "линия 122"}. Оператор ${operator}. Разговор записывается.`,
    /** To a second caller, who is put on hold at once. */
    secondLine: ({ operator }) => `Добрый день, линия 122. Оператор ${operator}. Пожалуйста, оставайтесь на линии. Спасибо.`,
    hold: ({ address }) => opening(address, "пожалуйста, оставайтесь на линии. Спасибо."),
    afterHold: ({ address }) => opening(address, "спасибо, что подождали."),
    /** `receiver`: {organization, position, name}, of which only the organization is always known. */
    transfer: ({ receiver }) => {
        const person = [receiver.position, receiver.name].filter(Boolean).join(" ");
        return `Этот вопрос находится в компетенции: ${receiver.organization}. `
            + (person ? `С вами будет говорить ${person}. Я могу вас с ним соединить?` : "Я могу вас соединить?");
    },
    busy: () => "К сожалению, линия занята. Вам удобно подождать или перезвонить позже?",
    emergency: () => "Оставайтесь на линии, соединяю вас со скорой помощью.",
};

export const closing = [
    "Спасибо за ваш звонок.", "Рады будем вам помочь.", "Если у вас возникнут ещё вопросы, пожалуйста, звоните.",
    "До свидания.", "Всего доброго.",
];

const plan = "предложить план действий: перевести на профильного специалиста, написать жалобу, "
    + "обратиться лично в страховую медицинскую организацию";

export const tactics = {
    aggressive: {
        title: "Агрессивное обращение",
        steps: (name) => [
            "внимательно слушать", `обращаться по имени и отчеству${name}`, "не поддаваться на провокации",
            "не принимать агрессию на свой счёт", "выразить сочувствие и понимание", plan, "поблагодарить за звонок",
        ],
    },
    complaining: {
        title: "Жалоба",
        steps: (name) => [
            "внимательно слушать", `обращаться по имени и отчеству${name}`, "не пытаться разубедить", "не иронизировать",
            plan, "поблагодарить за звонок",
        ],
    },
};

/** How long the words for a moment that passes stay, in milliseconds. */
const shownFor = { greeting: 30_000, afterHold: 15_000 };
const isSpeaking = (call) => call?.state === "talking" || call?.state === "held";

/** What is to be said now, from what the operator's own line does; it remembers what the moments before were. */
export class SpeechMoments {
    #callID = null;
    /** Since when the caller speaks with this operator, and since when again after a hold; by `now`. */
    #begun = null;
    #resumed = null;
    #wasHeld = false;
    #wasOther = false;

    /**
     * @param isMine whether the call is this operator's; the receiver of a consultation speaks with a colleague
     * @param receiver whom the call is about to be given to, `isBusy` when nobody took it
     * @param isTyped whether something stands in the card: the greeting has been said
     * @returns a name of `phrases`, `questioning`, `closing`, or null when there is nothing to say
     */
    of({ own, call, isMine, isAskingEmergency, receiver, isBusy, isTyped }, now) {
        this.#follow(call, isMine, now);
        if (own.secondLine) return "secondLine";
        if (isAskingEmergency) return "emergency";
        if (own.state === "afterCall") return "closing";
        if (!call || (!isMine && call.state !== "ringing")) return null;
        // The caller waits while the two who speak are colleagues.
        if (["ringing", "consulting"].includes(call.transfer?.state)) return null;
        if (own.state === "ringing" || call.state === "ringing") return call.transfer ? null : "greeting";
        if (call.state === "held") return "hold";
        if (receiver && !call.transfer) return isBusy ? "busy" : "transfer";
        if (this.#resumed !== null && now - this.#resumed < shownFor.afterHold) return "afterHold";
        if (call.phase === "consultation") return "closing";
        if (call.transfer || !isSpeaking(call)) return null;
        return !isTyped && now - this.#begun < shownFor.greeting ? "greeting" : "questioning";
    }

    #follow(call, isMine, now) {
        if (call?.callID !== this.#callID) {
            this.#callID = call?.callID ?? null;
            [this.#begun, this.#resumed, this.#wasHeld, this.#wasOther] = [null, null, false, false];
        }
        if (!call) return;
        if (!isMine) this.#wasOther = true;
        if (isMine && isSpeaking(call)) {
            // The page may have been opened in mid-call; a call that was handed over begins anew.
            this.#begun ??= this.#wasOther ? now : Date.parse(call.answeredAt ?? "") || now;
            if (call.state === "held") this.#resumed = null;
            else if (this.#wasHeld) this.#resumed = now;
            this.#wasHeld = call.state === "held";
        }
    }
}

const titles = {
    greeting: "Приветствие", secondLine: "Вторая линия", hold: "Удержание", afterHold: "После удержания",
    transfer: "Перевод", busy: "Линия занята", questioning: "Опрос", closing: "Завершение", emergency: "103",
};

/** The panel: the phrase of the moment, and the tactic that the operator asked for or the card's topic calls for. */
export class SpeechPanel {
    #context = { moment: null };
    #chosen = null;

    constructor() {
        for (const button of document.querySelectorAll("[data-tactic]")) {
            button.addEventListener("click", () => {
                this.#chosen = this.#tactic === button.dataset.tactic ? "none" : button.dataset.tactic;
                this.#render();
            });
        }
    }

    /** @param context {moment, callID, address, operator, receiver, isComplaint} */
    show(context) {
        // A tactic was chosen for one caller only.
        if (context.callID !== this.#context.callID) this.#chosen = null;
        if (JSON.stringify(context) === JSON.stringify(this.#context)) return;
        this.#context = context;
        this.#render();
    }

    get #tactic() { return this.#chosen ?? (this.#context.isComplaint ? "complaining" : "none"); }

    #render() {
        const { moment } = this.#context;
        byID("speech").dataset.moment = moment ?? "none";
        byID("speech-title").textContent = titles[moment] ?? "Речь";
        const { address: name } = this.#context;
        const words = moment === "closing" ? closing : phrases[moment] ? [phrases[moment](this.#context)] : [];
        byID("speech-words").replaceChildren(...words.map((text) => element("p", {}, `«${text}»`)),
            ...moment === "questioning" && name ? [element("p", { class: "small" }, `Обращайтесь: ${name}`)] : []);
        for (const button of document.querySelectorAll("[data-tactic]")) {
            button.setAttribute("aria-pressed", String(button.dataset.tactic === this.#tactic));
        }
        const tactic = tactics[this.#tactic];
        const address = name ? `: ${name}` : "";
        byID("speech-tactic").hidden = !tactic;
        byID("speech-tactic").replaceChildren(...(tactic?.steps(address) ?? []).map((step) => element("li", {}, step)));
    }
}
