// The form of the card: shows the current one, takes what is typed.
import { byID, element, fillSelect, showMessage, unlessPressed } from "./dom.js";
import * as format from "./format.js";
import { age, readBirthDate, readName, readPhone, readPolicy, readSNILS, splitName } from "./fields.js";
import { now } from "./api.js";
import { renderKept } from "./drafts.js";
import { renderHints } from "./hints.js";
import { fieldTitles } from "./limits.js";
import { renderPlayers } from "./messages.js";
import { OutcomeRow } from "./outcome.js";
import { PromiseRow, callbackTimeline, callbackWords } from "./promise.js";
import { stateWords, topics } from "./card.js";
import { clean, countWords, limits } from "./text.js";

const names = [
    "family", "given", "patronymic", "noPatronymic", "birthDate", "phone", "snils", "policy", "address", "isAnonymous",
    "topic", "essence", "measures", "measuresDone",
];
const fields = Object.fromEntries(names.map((name) => [name, byID(`field-${name}`)]));
const isBox = (field) => field.type === "checkbox";

/** How a field reads, and how what was read is shown. */
const readers = {
    family: [readName, (value) => value], given: [readName, (value) => value], patronymic: [readName, (value) => value],
    birthDate: [readBirthDate, format.birthDate], phone: [readPhone, format.phone], snils: [readSNILS, format.snils],
    policy: [readPolicy, format.policy],
};

/** What was done, and which fields a save changed (J-02). */
function entryWords(entry) {
    const changed = (entry.fields ?? []).map((name) => fieldTitles[name] ?? name);
    return changed.length > 0 ? `${entry.text}. Изменено: ${changed.join(", ")}` : entry.text;
}

export class CardForm {
    #card = null;
    #nameOf;
    #onInput;
    #mayCall;
    #promise;
    #outcome;

    /**
     * @param onInput called after the operator changed a field
     * @param save called for «Сохранить»
     * @param nameOf the name of whoever stands in the history
     * @param onPromised called with the card and the callback that was promised
     * @param mayCall whether this person speaks with citizens
     * @param mayClose whether this person closes cards
     * @param onOutcome called with the card and its new view after it was told or closed
     */
    constructor({ onInput, save, nameOf, onPromised, mayCall, mayClose, onOutcome }) {
        this.#mayCall = mayCall;
        this.#promise = new PromiseRow({ onPromised });
        this.#outcome = new OutcomeRow({ mayClose, onChanged: onOutcome });
        this.#onInput = onInput;
        this.#nameOf = nameOf;
        fillSelect(fields.topic, "Выберите тему", topics);
        const form = byID("card-form");
        form.addEventListener("submit", (event) => { event.preventDefault(); save(); });
        form.addEventListener("input", (event) => this.#take(event.target));
        form.addEventListener("change", (event) => this.#tidy(event.target));
        form.addEventListener("keydown", (event) => this.#step(event));
        fields.family.addEventListener("paste", (event) => this.#pasteName(event));
    }

    /** Shows a card, or none. What is being typed keeps its caret: a field is only written when it differs. */
    render(card) {
        this.#card = card;
        byID("card-form").hidden = !card;
        this.#promise.render(card);
        this.#outcome.render(card);
        byID("card-empty").hidden = Boolean(card);
        if (!card) return;
        for (const [name, field] of Object.entries(fields)) {
            if (isBox(field)) field.checked = card.form[name];
            else if (field.value !== card.form[name]) field.value = card.form[name];
            field.disabled = card.isLocked;
        }
        this.#renderHead(card);
        this.renderState();
        this.#renderHistory(card);
    }

    #renderHead(card) {
        const { view } = card;
        byID("card-number").textContent = view.number ? `№ ${view.number}` : "Новая карточка";
        const state = byID("card-state");
        state.textContent = stateWords[view.state] ?? view.state;
        state.dataset.state = view.state;
        state.parentElement.dataset.state = view.state;
        byID("card-opened").textContent = `открыта ${format.moment(view.openedAt, now())}`;
        // The number stands in its field already, unless it is another one.
        const isOther = card.caller && format.caller(card.caller) !== card.form.phone;
        byID("card-caller").textContent = isOther ? `звонок: ${format.caller(card.caller)}` : "";
        renderPlayers(card);
        // A citizen is called at the number that is kept, not at one that is being typed.
        byID("button-call-citizen").hidden = !this.#mayCall || card.isReadOnly || card.isLocked || !view.card.phone;
        this.#renderCallback(card);
    }

    /** Once a second: what counts down. */
    tick() {
        if (this.#card?.callback?.state === "open") this.#renderCallback(this.#card);
    }

    #renderCallback(card) {
        const words = callbackWords(card.callback);
        const others = card.callbacks.filter((other) => other.callbackID !== card.callback?.callbackID);
        byID("card-callback").textContent = others.length > 0 ? `${words} (и ещё ${others.length})` : words;
        byID("card-callback").hidden = words === "";
        byID("card-callback").title = [callbackTimeline(card.callback),
            ...others.map((other) => `${callbackWords(other)}\n${callbackTimeline(other)}`)].join("\n\n");
    }

    /** Errors, message, what is switched off. */
    renderState() {
        const card = this.#card;
        if (!card) return;
        const { form } = card;
        for (const name of ["family", "given", "patronymic", "noPatronymic"]) {
            fields[name].disabled = card.isLocked || form.isAnonymous || (name === "patronymic" && form.noPatronymic);
        }
        byID("anonymous-note").hidden = !form.isAnonymous;
        for (const [name, field] of Object.entries(fields)) this.#renderHints(card, name, field);
        const born = readBirthDate(form.birthDate).value;
        const years = born ? age(born) : null;
        byID("age").textContent = born ? `${years} ${format.plural(years, "год", "года", "лет")}` : "";
        showMessage(byID("card-message"), card.message?.text, card.message?.kind);
        const button = byID("button-save");
        button.disabled = card.isSaving || card.isLocked;
        button.firstChild.textContent = card.isSaving ? "Сохраняется… " : "Сохранить ";
        renderKept(card);
    }

    #renderHints(card, name, field) {
        const limit = limits[name];
        renderHints(field, {
            error: card.errors[name], ...card.warnings[name], conflict: card.conflicts[name],
            count: limit ? countWords(card.form[name], limit) : "",
        }, {
            // The card on the screen: hints that look the same on the next one are not made anew.
            onOffer: () => {
                this.#card.form[name] = this.#card.warnings[name].offer;
                field.value = this.#card.form[name];
                this.#tidy(field);
                field.focus();
            },
            onSettle: (choice) => {
                const current = this.#card;
                current.settle(name, choice);
                if (Object.keys(current.conflicts).length === 0) current.message = null;
                this.render(current);
                this.#onInput(current);
                field.focus();
            },
        });
    }

    #renderHistory(card) {
        const { history } = card.view;
        byID("history-count").textContent = history.length > 0 ? `(${history.length})` : "";
        byID("history").replaceChildren(...[...history].reverse().map((entry) => element("li", {},
            element("span", { class: "quiet" }, `${format.date(entry.at).slice(0, 5)} ${format.timeWithSeconds(entry.at)}`),
            element("span", {}, entry.number ? `${entryWords(entry)} · ${format.caller(entry.number)}` : entryWords(entry)),
            element("span", { class: "quiet" }, this.#nameOf(entry.by)))));
    }

    #take(field) {
        const card = this.#card;
        if (!card || !(field.name in card.form)) return;
        card.form[field.name] = isBox(field) ? field.checked : field.value;
        delete card.errors[field.name];
        delete card.warnings[field.name];
        if (field.name === "noPatronymic") delete card.errors.patronymic;
        if (field.name === "isAnonymous") {
            for (const name of ["family", "given", "patronymic"]) delete card.errors[name];
        }
        // «Сохранено» is not true any more.
        card.message = null;
        this.renderState();
        this.#onInput(card);
    }

    /** On leaving a field: what was read is shown as it is written, or what is wrong with it. */
    #tidy(field) {
        const card = this.#card;
        const [read, show] = readers[field.name] ?? [];
        if (!card || !read) return;
        const typed = clean(field.value);
        const answer = read(typed);
        if (answer.warning) card.warnings[field.name] = { warning: answer.warning, offer: answer.suggestion ?? null };
        else delete card.warnings[field.name];
        if (answer.error) {
            card.errors[field.name] = answer.error;
        } else {
            delete card.errors[field.name];
            card.form[field.name] = answer.value === null ? "" : show(answer.value);
            if (field.value !== card.form[field.name]) field.value = card.form[field.name];
        }
        unlessPressed("form", () => this.renderState());
        this.#onInput(card);
    }

    /** Enter goes to the next field; in a long text it makes a line, as everywhere. */
    #step(event) {
        if (event.code !== "Enter" && event.code !== "NumpadEnter") return;
        if (event.ctrlKey || event.metaKey || event.isComposing) return;
        if (event.target.tagName === "TEXTAREA" || event.target.tagName === "BUTTON") return;
        event.preventDefault();
        const order = [...byID("card-form").querySelectorAll("input:not([type=checkbox]), select, textarea")]
            .filter((field) => !field.disabled);
        order[order.indexOf(event.target) + 1]?.focus();
    }

    /** «Иванов Иван Иванович» pasted into the surname goes to its three fields. */
    #pasteName(event) {
        const parts = splitName(clean(event.clipboardData?.getData("text") ?? ""));
        const card = this.#card;
        if (!parts || !card) return;
        event.preventDefault();
        const [family, given, patronymic] = parts;
        Object.assign(card.form, { family, given, patronymic, noPatronymic: patronymic === "" ? card.form.noPatronymic : false });
        for (const name of ["family", "given", "patronymic"]) delete card.errors[name];
        this.render(card);
        this.#onInput(card);
    }

    focusField(name) { fields[name]?.focus(); }

    /** Whether the operator is in one of its fields. */
    get hasFocus() { return Boolean(document.activeElement?.closest("#card-form")); }

    focusFirst() {
        const card = this.#card;
        if (!card) return;
        const wrong = names.find((name) => (card.errors[name] || name in card.conflicts) && !fields[name].disabled);
        const first = wrong ?? (fields.family.disabled ? "essence" : "family");
        fields[first].focus();
        // With what stands beneath it.
        fields[first].closest(".field").scrollIntoView({ block: "nearest" });
    }
}
