// Booking a visit for the person of the card: clinic, patient, speciality, doctor, time. Each card has its own choice.
import { byID, element, fillSelect, pressTwice, showMessage, unlessPressed } from "./dom.js";
import * as format from "./format.js";
import { call, get, newID, now, sameID, withQuery } from "./api.js";
import { readForm } from "./card.js";

const stateWords = {
    wanted: "отправляется", sending: "отправляется", unknown: "ждём ответа МИС", booked: "записан",
    refused: "отказ", cancelling: "отменяется", cancelled: "отменена", manual: "проверьте в МИС",
};
const isWaiting = (state) => ["wanted", "sending", "unknown", "cancelling"].includes(state);

/** What was chosen; everything below a changed choice is forgotten. */
const emptyChoice = () => ({
    clinicID: "", patientID: null, identity: null, isUnknown: false, specialities: [], specialityID: "", doctors: [], doctorID: "",
    slots: null, day: null, slotID: null, bookingID: null, shownBookingID: null, message: null, busy: null, turn: 0,
});

/** How long a list is left as it is before the МИС is asked about it: an arrow key changes a closed list at each step. */
const SETTLED = 250;

/**
 * One stop of Tab for a group of buttons; arrows, Home and End move within it. `beyond` is asked where to go from the upper
 * or the lower edge.
 */
function moveByArrows(group, { onMove = () => {}, beyond = () => null }) {
    group.addEventListener("keydown", (event) => {
        const buttons = [...group.children];
        const index = buttons.indexOf(document.activeElement);
        if (index < 0 || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
        const columns = buttons.filter((button) => button.offsetTop === buttons[0].offsetTop).length;
        const target = {
            ArrowLeft: index - 1, ArrowRight: index + 1, ArrowUp: index - columns, ArrowDown: index + columns, Home: 0,
            End: buttons.length - 1,
        }[event.code];
        if (target === undefined) return;
        event.preventDefault();
        if (buttons[target]) {
            for (const button of buttons) button.tabIndex = button === buttons[target] ? 0 : -1;
            buttons[target].focus();
            onMove(buttons[target]);
        } else if (event.code === "ArrowUp" || event.code === "ArrowDown") {
            beyond(event.code)?.focus();
        }
    });
}

const tabStop = (group) => group.querySelector("[tabindex='0']");

export class BookingPane {
    #clinics = [];
    #timer;
    #shownList = null;
    #card = null;
    #onBooked;

    /** @param onBooked called with the card after its bookings changed */
    constructor({ onBooked }) {
        this.#onBooked = onBooked;
        const clinic = byID("booking-clinic");
        clinic.addEventListener("change", () => this.#chooseClinic(clinic.value));
        // From the list right to the patient.
        clinic.addEventListener("keydown", (event) => {
            if (event.code !== "Enter" && event.code !== "NumpadEnter") return;
            event.preventDefault();
            if (!event.repeat) byID("booking-find").click();
        });
        byID("booking-find").addEventListener("click", () => this.#findPatient());
        byID("booking-add").addEventListener("click", () => this.#addPatient());
        byID("booking-speciality").addEventListener("change", (event) => this.#chooseSpeciality(event.target.value));
        byID("booking-doctor").addEventListener("change", (event) => this.#chooseDoctor(event.target.value));
        byID("booking-book").addEventListener("click", () => this.#book());
        const [days, slots] = [byID("booking-days"), byID("booking-slots")];
        moveByArrows(days, { onMove: (day) => day.click(), beyond: (code) => code === "ArrowDown" ? tabStop(slots) : null });
        moveByArrows(slots, { beyond: (code) => code === "ArrowUp" ? tabStop(days) : byID("booking-book") });
    }

    async loadClinics() {
        this.#clinics = await get("/api/clinics");
        this.render(this.#card);
    }

    focus() {
        const isFound = Boolean(this.#card?.booking?.patientID);
        const first = ["booking-clinic", ...isFound ? [] : ["booking-find"], "booking-speciality", "booking-doctor"].map(byID)
            .find((field) => field.offsetParent && !field.disabled && (field.tagName !== "SELECT" || field.value === ""));
        (first ?? tabStop(byID("booking-slots")) ?? byID("booking-clinic")).focus();
    }

    /** Reads the bookings of a card again. */
    async refresh(card) {
        card.bookings = await get(`/api/appeals/${encodeURIComponent(card.id)}/bookings`);
        unlessPressed("booking", () => { if (card === this.#card) this.render(card); });
        this.#onBooked(card);
    }

    render(card) {
        this.#card = card;
        byID("booking-empty").hidden = Boolean(card);
        byID("booking-steps").hidden = !card;
        if (!card) return;
        card.booking ??= emptyChoice();
        const choice = card.booking;
        if ((choice.patientID || choice.isUnknown) && choice.identity !== JSON.stringify(this.#identity(card).known)) {
            // The patient was looked for by other words than stand on the card now.
            this.#forget(choice, "patient");
            choice.message = { text: "Данные пациента изменились: найдите его ещё раз.", kind: "note" };
        }
        const clinic = byID("booking-clinic");
        fillSelect(clinic, this.#clinics.length > 0 ? "Выберите поликлинику" : "Список загружается…",
            this.#clinics.map((item) => [item.clinicID, item.shortName || item.fullName]));
        clinic.value = choice.clinicID;
        const find = byID("booking-find");
        find.disabled = choice.clinicID === "" || choice.busy !== null;
        find.classList.toggle("primary", choice.clinicID !== "" && !choice.patientID && !choice.isUnknown);
        const add = byID("booking-add");
        add.hidden = !choice.isUnknown;
        add.disabled = choice.busy !== null;
        byID("booking-patient").textContent = choice.busy ?? (choice.patientID ? "Пациент найден" : "");
        this.#renderSelect("speciality", choice.patientID && choice.specialities.length > 0, choice.specialityID,
            "Выберите специальность", choice.specialities.map((item) => [item.specialityID, free(item)]));
        this.#renderSelect("doctor", choice.specialityID && choice.doctors.length > 0, choice.doctorID,
            "Выберите врача", choice.doctors.map((item) => [item.doctorID, free(item)]));
        this.#renderSlots(choice);
        const visit = this.#visit(choice);
        byID("booking-choice").hidden = !visit;
        byID("booking-summary").textContent = visit ? `${format.dayInWords(visit.startsAt)} в ${format.time(visit.startsAt)}` : "";
        byID("booking-book").disabled = choice.busy !== null;
        showMessage(byID("booking-message"), choice.message?.text, choice.message?.kind);
        this.#renderResult(card);
        this.#renderList(card);
    }

    #renderSelect(name, isShown, value, placeholder, choices) {
        byID(`booking-${name}-field`).hidden = !isShown;
        const select = byID(`booking-${name}`);
        fillSelect(select, placeholder, choices);
        select.value = value;
    }

    #renderSlots(choice) {
        byID("booking-slots-field").hidden = !choice.slots || choice.slots.length === 0;
        const slots = choice.slots ?? [];
        const days = [...new Map(slots.map((slot) => [format.dayKey(slot.startsAt), slot.startsAt]))];
        const ofDay = slots.filter((slot) => format.dayKey(slot.startsAt) === choice.day);
        const stop = ofDay.find((slot) => slot.slotID === choice.slotID) ?? ofDay[0];
        byID("booking-days").replaceChildren(...days.map(([key, startsAt]) => element("button",
            {
                type: "button", "aria-pressed": String(key === choice.day), "aria-label": format.dayInWords(startsAt),
                tabindex: key === choice.day ? 0 : -1,
                "data-day": key, click: () => this.#choose({ day: key, slotID: null }, "booking-days", key),
            }, format.dayOnButton(startsAt))));
        byID("booking-slots").replaceChildren(...ofDay.map((slot) => element("button",
            {
                type: "button", "aria-pressed": String(slot.slotID === choice.slotID), "data-slot": slot.slotID,
                tabindex: slot === stop ? 0 : -1, title: slot.room ? `кабинет ${slot.room}` : null,
                click: () => this.#choose({ slotID: slot.slotID, bookingID: null }, "booking-slots", slot.slotID),
            }, format.time(slot.startsAt))));
    }

    /** The buttons are made anew: the pressed one keeps the focus. */
    #choose(change, group, value) {
        Object.assign(this.#card.booking, change, { message: null });
        this.render(this.#card);
        [...byID(group).children].find((button) => button.dataset.day === value || button.dataset.slot === value)?.focus();
    }

    #renderResult(card) {
        const target = byID("booking-result");
        const shown = card.bookings.find((item) => sameID(item.bookingID, card.booking.shownBookingID));
        target.hidden = !shown;
        if (!shown) return;
        const [title, text] = readOut(shown);
        target.dataset.state = isWaiting(shown.state) ? "waiting" : shown.state;
        target.dataset.booking = shown.bookingID;
        target.replaceChildren(element("h3", {}, title), element("p", {}, text));
    }

    #renderList(card) {
        // The same list is left alone, so that a button that asks "surely?" is not replaced under the hand.
        const shown = JSON.stringify([card.bookings, card.booking.shownBookingID]);
        if (this.#shownList === shown) return;
        this.#shownList = shown;
        byID("booking-list").replaceChildren(...card.bookings.map((item) => {
            const { visit } = item;
            const button = item.state === "booked" && Date.parse(visit.startsAt) > now()
                ? element("button", { type: "button", class: "danger", "data-cancel": item.bookingID }, "Отменить") : null;
            if (button) pressTwice(button, "Точно отменить?", () => this.#cancel(card, item));
            return element("li", { "data-booking": item.bookingID, "data-state": item.state },
                element("span", {}, `${format.date(visit.startsAt).slice(0, 5)} ${format.time(visit.startsAt)} · ${
                    stateWords[item.state] ?? item.state}`,
                    element("span", { class: "sub" }, `${visit.specialityName}, ${visit.doctorName}, ${visit.clinicName}`),
                    item.refusal && !sameID(item.bookingID, card.booking.shownBookingID)
                        ? element("span", { class: "sub bad" }, item.refusal.advice) : null),
                button ?? "", item.state === "manual" ? this.#question(card, item) : "");
        }));
    }

    /** What only a person can find out: whether the МИС has the visit. */
    #question(card, item) {
        const id = `booking-mis-${item.bookingID}`;
        const number = element("input", {
            id, type: "text", autocomplete: "off", maxlength: 200, "data-mis-id": item.bookingID,
        });
        const there = element("button", { type: "button", "data-present": item.bookingID },
            item.isCancelling ? "Визит есть: отменить" : "Визит есть");
        const gone = element("button", { type: "button", class: "danger", "data-absent": item.bookingID }, "Визита нет");
        there.addEventListener("click", () => this.#resolve(card, item, true, number.value));
        pressTwice(gone, "Точно нет?", () => this.#resolve(card, item, false, ""));
        return element("div", { class: "sub", role: "group", "aria-label": "Что в МИС" },
            element("label", { for: id }, "Номер записи в МИС (если система не найдёт её сама)"), number, there, gone);
    }

    /** Who is to be found, by the card's fields as they stand, saved or not; or what is missing. */
    #identity(card) {
        const { card: read, errors } = readForm(card.form, { isWhole: false });
        const wrong = ["family", "given", "patronymic", "birthDate", "snils", "policy", "phone"].find((name) => errors[name]);
        if (wrong) return { error: `Исправьте карточку: ${errors[wrong]}` };
        if (!read.applicant || !read.birthDate) {
            return { error: "Для записи нужны фамилия, имя и дата рождения: заполните их в карточке." };
        }
        return {
            known: {
                name: read.applicant, birthDate: read.birthDate, snils: read.snils, policy: read.policy, phone: read.phone,
            },
        };
    }

    /** Everything below a choice. */
    #forget(choice, from) {
        const levels = ["patient", "speciality", "doctor", "slots"];
        const empty = emptyChoice();
        const fields = {
            patient: ["patientID", "identity", "isUnknown"], speciality: ["specialities", "specialityID"],
            doctor: ["doctors", "doctorID"], slots: ["slots", "day", "slotID", "bookingID"],
        };
        for (const level of levels.slice(levels.indexOf(from))) {
            for (const name of fields[level]) choice[name] = empty[name];
        }
        choice.message = null;
        choice.shownBookingID = null;
        // An answer that is still under way belongs to the old choice.
        choice.turn += 1;
        choice.busy = null;
    }

    /** One question of the pane: `work` gets `ask`, whose answers are dropped once something else was chosen. */
    async #asking(words, work, card = this.#card) {
        const choice = card.booking;
        const from = document.activeElement;
        choice.turn += 1;
        const { turn } = choice;
        choice.busy = words;
        choice.message = null;
        if (card === this.#card) this.render(card);
        try {
            const answer = await work(choice, card);
            if (turn !== choice.turn) return;
            Object.assign(choice, answer);
        } catch (error) {
            if (turn !== choice.turn) return;
            choice.message = { text: error.message, kind: "bad" };
        }
        choice.busy = null;
        if (card !== this.#card) return;
        this.render(card);
        this.#goOn(from);
    }

    /** The button that was pressed was grey meanwhile, and may be gone: the focus goes to the next step, unless it is elsewhere. */
    #goOn(from) {
        const present = document.activeElement;
        if (present !== document.body && present !== from) return;
        if (from?.tagName !== "BUTTON" || !from.closest("#pane-booking") || byID("pane-booking").hidden) return;
        const result = byID("booking-result");
        if (from.id === "booking-book" && !result.hidden) result.focus();
        else this.focus();
    }

    /** Asks when the list has been left as it is for a moment. */
    #soon(card, ask) {
        clearTimeout(this.#timer);
        const { turn } = card.booking;
        this.#timer = setTimeout(() => { if (turn === card.booking.turn) ask(); }, SETTLED);
    }

    #chooseClinic(clinicID) {
        const choice = this.#card.booking;
        this.#forget(choice, "patient");
        choice.clinicID = clinicID;
        this.render(this.#card);
    }

    async #findPatient() {
        const card = this.#card;
        this.#forget(card.booking, "patient");
        const identity = this.#identity(card);
        if (identity.error) {
            card.booking.message = { text: identity.error, kind: "note" };
            this.render(card);
            return;
        }
        await this.#asking("Ищем пациента…", async ({ clinicID }) => {
            try {
                const { patientID } = await call("POST", "/api/patients/find", { clinicID, ...identity.known });
                return await this.#offers(clinicID, patientID, identity.known);
            } catch (error) {
                if (error.errorID !== "patient-not-found") throw error;
                return {
                    isUnknown: true, identity: JSON.stringify(identity.known),
                    message: { text: `Не найден: ${inWords(identity.known)}. Если всё верно, добавьте.`, kind: "note" },
                };
            }
        });
    }

    /** Registers the patient in the МИС of the region: only when a person has said so, by a press of its own. */
    async #addPatient() {
        const card = this.#card;
        const identity = this.#identity(card);
        if (!card.booking.isUnknown || !identity.known) return;
        await this.#asking("Добавляем пациента…", async ({ clinicID }) => {
            const { patientID } = await call("POST", "/api/patients", { clinicID, ...identity.known });
            return { isUnknown: false, ...await this.#offers(clinicID, patientID, identity.known) };
        });
    }

    /** What the clinic offers to a patient. */
    async #offers(clinicID, patientID, known) {
        const specialities = await get(withQuery("/api/specialities", { clinicID, patientID }));
        return {
            patientID, identity: JSON.stringify(known), specialities: specialities.toSorted(byName),
            message: specialities.length > 0 ? null
                : { text: "В этой поликлинике нет записи через колл-центр. Выберите другую.", kind: "note" },
        };
    }

    #chooseSpeciality(specialityID) {
        const card = this.#card;
        this.#forget(card.booking, "doctor");
        card.booking.specialityID = specialityID;
        this.render(card);
        if (specialityID === "") return;
        this.#soon(card, () => this.#asking("Загружаем врачей…", async ({ clinicID, patientID }) => {
            const doctors = await get(withQuery("/api/doctors", { clinicID, patientID, specialityID }));
            return {
                doctors: doctors.toSorted(byName),
                message: doctors.length > 0 ? null : { text: "Врачей этой специальности нет. Выберите другую.", kind: "note" },
            };
        }, card));
    }

    #chooseDoctor(doctorID) {
        const card = this.#card;
        this.#forget(card.booking, "slots");
        card.booking.doctorID = doctorID;
        this.render(card);
        if (doctorID === "") return;
        this.#soon(card, () => this.#asking("Загружаем свободное время…", (wanted) => this.#loadSlots(wanted), card));
    }

    async #loadSlots({ clinicID, patientID, doctorID }) {
        const slots = await get(withQuery("/api/slots", { clinicID, patientID, doctorID }));
        return {
            slots, day: slots.length > 0 ? format.dayKey(slots[0].startsAt) : null, slotID: null, bookingID: null,
            message: slots.length > 0 ? null : { text: "Свободного времени нет. Предложите другого врача.", kind: "note" },
        };
    }

    /** What is chosen: its ids and its time. What is read out of it afterwards is the МИС's. */
    #visit(choice) {
        const slot = choice.slots?.find((item) => item.slotID === choice.slotID);
        const clinic = this.#clinics.find((item) => item.clinicID === choice.clinicID);
        const speciality = choice.specialities.find((item) => item.specialityID === choice.specialityID);
        const doctor = choice.doctors.find((item) => item.doctorID === choice.doctorID);
        if (!slot || !clinic || !speciality || !doctor) return null;
        return {
            clinicID: clinic.clinicID, specialityID: speciality.specialityID, doctorID: doctor.doctorID,
            slotID: slot.slotID, startsAt: slot.startsAt,
        };
    }

    async #book() {
        const card = this.#card;
        const choice = card.booking;
        const visit = this.#visit(choice);
        const identity = this.#identity(card);
        if (!visit || !identity.known) return;
        // Until there was an answer it is the same wish, however often the button is pressed.
        choice.bookingID ??= newID();
        const { bookingID, patientID } = choice;
        await this.#asking("Записываем…", async () => {
            let made;
            try {
                made = await call("POST", "/api/bookings", { bookingID, appealID: card.id, patientID, visit });
            } catch (error) {
                if (error.status >= 400 && error.status < 500) choice.bookingID = null;
                throw error;
            }
            this.#put(card, made);
            choice.shownBookingID = made.bookingID;
            this.#onBooked(card);
            // The slot is gone whatever came of it: the list is read again, and the next wish has its own id.
            const isOver = made.state === "booked" || isWaiting(made.state) || made.state === "manual";
            if (isOver) return { slots: null, day: null, slotID: null, bookingID: null, doctorID: "" };
            return this.#loadSlots(choice).catch(() => ({ slots: null, slotID: null, bookingID: null, doctorID: "" }));
        });
    }

    #put(card, booking) {
        card.bookings = [booking, ...card.bookings.filter((item) => !sameID(item.bookingID, booking.bookingID))];
    }

    #cancel(card, item) {
        return this.#settle(card, () => call("DELETE", `/api/bookings/${encodeURIComponent(item.bookingID)}`));
    }

    #resolve(card, item, isPresent, number) {
        const misBookingID = number.trim() || undefined;
        return this.#settle(card, () => call(
            "POST", `/api/bookings/${encodeURIComponent(item.bookingID)}/resolve`,
            { appealID: card.id, isPresent, misBookingID }));
    }

    /** An order about a booking that is there already; its answer is the booking. */
    async #settle(card, order) {
        try {
            const answer = await order();
            this.#put(card, answer);
            card.booking.shownBookingID = answer.bookingID;
            card.booking.message = null;
            this.#onBooked(card);
        } catch (error) {
            card.booking.message = { text: error.message, kind: "bad" };
        }
        if (card !== this.#card) return;
        this.render(card);
        // The button went with its line.
        if (document.activeElement === document.body && !byID("booking-result").hidden) byID("booking-result").focus();
    }
}

/** Who was looked for, to be compared with what was said: one letter makes another person. */
function inWords({ name, birthDate }) {
    const date = birthDate.split("-").toReversed().join(".");
    return `${[name.family, name.given, name.patronymic].filter(Boolean).join(" ")}, ${date}`;
}

const byName = (left, right) => left.name.localeCompare(right.name, "ru");

const free = (item) => `${item.name} — ${item.freeSlots > 0 ? `свободно ${item.freeSlots}` : "нет времени"}`;

/** «Терапевт» inside a sentence is «терапевт»; «ЛФК» stays. */
const lowered = (text) => /^\p{Lu}\p{Ll}/u.test(text) ? text[0].toLowerCase() + text.slice(1) : text;

/** What the operator reads out: a title for the operator, words for the citizen. */
function readOut({ state, visit, refusal, isCancelling }) {
    const room = visit.room ? `, кабинет ${visit.room}` : "";
    const where = `${lowered(visit.specialityName)}, ${visit.doctorName}, ${format.dayInWords(visit.startsAt)}, в ${
        format.time(visit.startsAt)}${room}. ${visit.clinicName}.`;
    switch (state) {
    case "booked": return ["Записано. Прочитайте звонящему:", `Вы записаны: ${where}`];
    case "refused": return ["Не записано", refusal?.advice ?? "Медицинская система отказала. Выберите другое время."];
    case "cancelled": return ["Запись отменена", where];
    case "cancelling": return ["Отменяется…", "Ответ медицинской системы появится здесь сам."];
    case "manual": return ["Проверьте в МИС и отметьте ниже",
        `Система не подтвердила ${isCancelling ? "отмену" : "запись"}: ${where}`];
    default: return ["Медицинская система ещё не ответила", "Результат появится здесь сам. Повторно записывать не нужно."];
    }
}
