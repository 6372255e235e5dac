// One card as the page holds it: what the server last said, and what the operator typed since. Values, no page.
import * as format from "./format.js";
import { readBirthDate, readName, readPhone, readPolicy, readSNILS } from "./fields.js";
import { WishKey, sameID } from "./api.js";
import { clean, limits, tooLong } from "./text.js";

export const topics = [
    ["appointment", "Запись к врачу"], ["homeVisit", "Вызов врача на дом"], ["consultation", "Консультация"],
    ["prescription", "Льготный рецепт"], ["vaccination", "Вакцинация"], ["complaint", "Жалоба"],
    ["gratitude", "Благодарность"], ["other", "Другое"],
];

export const stateWords = { draft: "Черновик", inWork: "В работе", measuresTaken: "Меры приняты", closed: "Закрыто" };

const labels = {
    family: "Фамилия", given: "Имя", patronymic: "Отчество", noPatronymic: "нет отчества", birthDate: "Дата рождения",
    phone: "Телефон", snils: "СНИЛС", policy: "Полис ОМС", address: "Адрес", isAnonymous: "анонимное обращение",
    topic: "Тема", essence: "Суть вопроса", measures: "Принятые меры", measuresDone: "все меры приняты",
};

/** The fields of the form by the server's view. */
export function formOf(view) {
    const { card } = view;
    return {
        family: card.applicant?.family ?? "", given: card.applicant?.given ?? "",
        patronymic: card.applicant?.patronymic ?? "",
        // On a draft nobody has said yet that there is none.
        noPatronymic: view.state !== "draft" && Boolean(card.applicant) && !card.applicant.patronymic,
        birthDate: format.birthDate(card.birthDate), phone: format.phone(card.phone), snils: format.snils(card.snils),
        policy: format.policy(card.policy), address: card.address ?? "", isAnonymous: card.isAnonymous ?? false,
        topic: card.topic ?? "", essence: card.essence ?? "", measures: card.measures ?? "",
        measuresDone: view.state === "measuresTaken" || view.state === "closed",
    };
}

/** Reads the form: {card, errors}, errors by field. `isWhole` asks for the fields that registering needs. */
export function readForm(form, { isWhole }) {
    const errors = {};
    const read = (name, reader) => {
        const answer = reader(clean(form[name]));
        if (answer.error) errors[name] = answer.error;
        return answer.value ?? undefined;
    };
    const text = (name) => {
        const typed = clean(form[name]).trim();
        const error = limits[name] ? tooLong(typed, limits[name]) : null;
        if (error) errors[name] = error;
        return typed;
    };
    const family = read("family", readName);
    const given = read("given", readName);
    const patronymic = form.noPatronymic ? undefined : read("patronymic", readName);
    const card = {
        isAnonymous: form.isAnonymous,
        birthDate: read("birthDate", readBirthDate), phone: read("phone", readPhone), snils: read("snils", readSNILS),
        policy: read("policy", readPolicy), address: text("address") || undefined, topic: form.topic || undefined,
        essence: text("essence"), measures: text("measures"),
    };
    if (form.isAnonymous) {
        for (const name of ["family", "given", "patronymic"]) delete errors[name];
    } else {
        if (family && given) card.applicant = { family, given, patronymic };
        if (isWhole) {
            if (!form.family.trim()) errors.family = "Укажите фамилию.";
            if (!form.given.trim()) errors.given = "Укажите имя.";
            if (!form.noPatronymic && !form.patronymic.trim()) errors.patronymic = "Укажите или отметьте «нет отчества».";
        }
    }
    if (isWhole) {
        if (!form.topic) errors.topic = "Выберите тему.";
        if (!card.essence) errors.essence = "Запишите суть вопроса.";
        if (form.measuresDone && !card.measures) errors.measures = "Запишите, какие меры приняты.";
    }
    return { card, errors };
}

/** The field of the form that a refusal of the server names, as in `card.applicant.family`; null when it is none. */
export function fieldOf(path) {
    const name = path?.split(".").at(-1);
    return name === "applicant" ? "family" : name in labels ? name : null;
}

/** What a draft can hold of the form: where something cannot be read yet, what the server has stays. */
export function readDraft(form, kept) {
    const { card, errors } = readForm(form, { isWhole: false });
    for (const name of Object.keys(errors)) {
        if (name in kept) card[name] = kept[name];
        else if (name in card) delete card[name];
    }
    const isNameWrong = ["family", "given", "patronymic"].some((name) => errors[name]);
    if (!form.isAnonymous && (isNameWrong || !card.applicant) && kept.applicant) card.applicant = kept.applicant;
    return { ...card, essence: card.essence ?? "", measures: card.measures ?? "" };
}

/** An open card. */
export class OpenCard {
    constructor(view, { caller = null, isReadOnly = false } = {}) {
        this.take(view);
        this.form = { ...this.base };
        this.caller = caller;
        this.isReadOnly = isReadOnly;
        this.errors = {};
        /** By field: {warning, offer}, what looks wrong and is no error. */
        this.warnings = {};
        /** By field: what somebody else saved while it was being typed here; one of both is to be chosen. */
        this.conflicts = {};
        this.message = null;
        /** When the server last kept what is typed in a draft, by its clock. */
        this.keptAt = null;
        /** A dot on the tab: it was opened by a call while another was being typed. */
        this.isUnseen = false;
        this.isSaving = false;
        this.saveKey = new WishKey();
        this.forwardKey = new WishKey();
        this.forward = { organizationID: "", comment: "", message: null, isSending: false };
        /** A call that is being promised: {day, time, isPersonal} as typed. */
        this.promise = null;
        this.booking = null;
        this.bookings = [];
        this.callback = null;
        /** All of the card, newest first: each of its calls may have broken. */
        this.callbacks = [];
        // The caller's number is what an operator would type first.
        if (view.state === "draft" && !isReadOnly && this.form.phone === "" && format.isNumber(caller)) {
            this.form.phone = format.phone(caller);
        }
    }

    get id() { return this.view.appealID; }
    /** The fields that registering still needs, as [name, title]. */
    get missing() {
        return Object.keys(readForm(this.form, { isWhole: true }).errors).map((name) => [name, labels[name]]);
    }

    /** Nothing can be changed: closed by the administrator, or not this person's to change. */
    get isLocked() { return this.isReadOnly || this.view.state === "closed"; }
    is(appealID) { return sameID(this.id, appealID); }

    /** Whether something is typed that the server does not have. A filled-in caller's number is not typed. */
    get isDirty() {
        const trimmed = (value) => typeof value === "string" ? value.trim() : value;
        return Object.keys(this.base).some((name) => trimmed(this.form[name]) !== trimmed(this.base[name])
            && !(name === "phone" && this.form.phone === format.phone(this.caller))
            // A draft has a name without a patronymic, and does not say why.
            && !(name === "noPatronymic" && this.view.state === "draft" && this.form.patronymic === ""));
    }

    /** Whether leaving the page would lose anything: fields, a comment, a chosen time, a call that is being promised. */
    get hasUnsaved() {
        return this.isDirty || this.forward.comment.trim() !== "" || Boolean(this.booking?.slotID) || this.promise !== null;
    }

    /** Whether it is a draft with words in it: it has no number yet. */
    get isHalfFilled() {
        return this.view.state === "draft" && ["family", "given", "essence", "measures", "topic", "address"].some((name) =>
            this.form[name].trim() !== "");
    }

    take(view) {
        this.view = view;
        this.base = formOf(view);
    }

    /** After a save: the server's reading stands, except in fields that were typed on meanwhile. */
    saved(view, sent) {
        const typed = this.form;
        this.take(view);
        this.form = Object.fromEntries(Object.keys(this.base).map((name) =>
            [name, typed[name] === sent[name] ? this.base[name] : typed[name]]));
    }

    /**
     * Somebody else saved: fields that were not touched here follow, typed ones stay. Where both wrote, the other text
     * is kept in `conflicts` until one is chosen.
     * @returns the titles of the fields that both changed
     */
    rebase(view) {
        const before = this.base;
        const typed = this.form;
        this.take(view);
        this.form = Object.fromEntries(Object.keys(this.base).map((name) => {
            if (typed[name] === before[name]) return [name, this.base[name]];
            if (this.base[name] === typed[name]) delete this.conflicts[name];
            else if (this.base[name] !== before[name]) this.conflicts[name] = this.base[name];
            return [name, typed[name]];
        }));
        return Object.keys(this.conflicts).map((name) => labels[name]);
    }

    /** One of two texts: `theirs`, `mine` or `both`. */
    settle(name, choice) {
        const theirs = this.conflicts[name];
        delete this.conflicts[name];
        if (choice === "theirs") this.form[name] = theirs;
        if (choice === "both") this.form[name] = `${theirs}\n${this.form[name]}`.trim();
    }

    /** The words on the tab. */
    get title() {
        if (this.view.number) return `№ ${this.view.number}`;
        return this.form.family.trim() || (format.isNumber(this.caller) ? format.caller(this.caller) : "Новая карточка");
    }
}
