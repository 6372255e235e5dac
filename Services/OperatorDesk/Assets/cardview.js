// A card as a clinic reads it: what it is asked to do first, then who the citizen is and what was done before. Nothing
// can be typed here.
import { byID, element } from "./dom.js";
import * as format from "./format.js";
import { now } from "./api.js";
import { stateWords, topics } from "./card.js";
import { age } from "./fields.js";

const topicTitles = new Map(topics);
const visitWords = { booked: "записан", cancelled: "отменена", refused: "отказ" };

/** The same questions as to the form of an operator. */
export class CardView {
    #nameOf;

    /** @param nameOf the name of whoever has none on the card itself: the services */
    constructor({ nameOf }) {
        this.#nameOf = nameOf;
    }

    /** Shows a card, or none. */
    render(card) {
        byID("card-empty").hidden = Boolean(card);
        byID("card-view").hidden = !card;
        if (!card) return;
        const { view } = card;
        const nameOf = (id) => view.names?.[id] ?? this.#nameOf(id);
        const own = view.forwardings.at(-1);
        byID("card-view").replaceChildren(...[
            element("header", { class: "card-head", "data-state": view.state },
                element("strong", {}, `№ ${view.number}`),
                element("span", { class: "badge", "data-state": view.state }, stateWords[view.state] ?? view.state),
                element("span", { class: "quiet" }, `открыта ${format.moment(view.openedAt, now())}`)),
            own ? element("section", { class: "asked" },
                element("h2", {}, "О чём просят"),
                element("p", { class: "typed" }, own.comment || "Без пояснения."),
                element("p", { class: "quiet" }, ["Передано", format.moment(own.at, now()), forwarder(view, nameOf)]
                    .filter(Boolean).join(" · "))) : null,
            element("section", {}, element("h2", {}, "Гражданин"), person(view)),
            text("Суть вопроса", view.card.essence),
            text("Принятые меры", view.card.measures),
            visits(card.bookings),
            element("section", {}, element("h2", {}, "История"), element("ol", { class: "history" },
                ...[...view.history].reverse().map((entry) => element("li", {},
                    element("span", { class: "quiet" }, `${format.date(entry.at).slice(0, 5)} ${format.timeWithSeconds(entry.at)}`),
                    element("span", {}, entry.text), element("span", { class: "quiet" }, nameOf(entry.by)))))),
        ].filter(Boolean));
    }

    /** Nothing here counts down, has a field, or waits for an answer. */
    tick() {}
    renderState() {}
    focusField() {}
    get hasFocus() { return false; }
    focusFirst() { byID("card-view").focus(); }
}

function forwarder(view, nameOf) {
    const entry = view.history.findLast((item) => item.text === `Передано: ${view.forwardings.at(-1).organization.name}`);
    return entry ? nameOf(entry.by) : null;
}

function person({ card }) {
    const years = card.birthDate ? age(card.birthDate) : null;
    const rows = [
        ["Заявитель", card.isAnonymous ? "анонимное обращение" : format.fullName(card.applicant)],
        ["Дата рождения", years === null ? ""
            : `${format.birthDate(card.birthDate)}, ${years} ${format.plural(years, "год", "года", "лет")}`],
        ["Телефон", format.phone(card.phone)], ["СНИЛС", format.snils(card.snils)],
        ["Полис ОМС", format.policy(card.policy)], ["Адрес", card.address], ["Тема", topicTitles.get(card.topic)],
    ].filter(([, value]) => value);
    return element("dl", { class: "facts" }, ...rows.flatMap(([name, value]) =>
        [element("dt", {}, name), element("dd", {}, value)]));
}

const text = (title, words) => words ? element("section", {}, element("h2", {}, title),
    element("p", { class: "typed" }, words)) : null;

function visits(bookings) {
    if (bookings.length === 0) return null;
    return element("section", {}, element("h2", {}, "Запись к врачу"), element("ul", { class: "visits" },
        ...bookings.map(({ visit, state, bookingID }) => element("li", { "data-booking": bookingID, "data-state": state },
            element("strong", {}, `${format.dayInWords(visit.startsAt)} в ${format.time(visit.startsAt)}`),
            ` · ${visit.specialityName}, ${visit.doctorName}, ${visit.clinicName}`,
            visit.room ? `, кабинет ${visit.room}` : "", ` · ${visitWords[state] ?? "ждём ответа МИС"}`))));
}
