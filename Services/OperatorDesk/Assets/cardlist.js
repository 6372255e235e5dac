// The list of cards at the left and the tabs of the open ones.
import { byID, element, icon } from "./dom.js";
import * as format from "./format.js";
import { now, sameID } from "./api.js";
import { topics } from "./card.js";

const topicTitles = new Map(topics);
const groups = [
    ["Черновики", (card) => card.state === "draft"],
    ["В работе", (card) => card.state === "inWork" && !card.organizationName],
    ["Переданы", (card) => card.state === "inWork" && Boolean(card.organizationName)],
    ["Меры приняты", (card) => card.state === "measuresTaken"],
    ["Закрыты", (card) => card.state === "closed"],
];

/** `open(summary)` is called for the card that was chosen; `nameOfDraft(summary)` is what a card without a name is called. */
export function renderCardList(summaries, currentID, { open, nameOfDraft }) {
    const shown = [];
    for (const [title, belongs] of groups) {
        const cards = summaries.filter(belongs);
        if (cards.length === 0) continue;
        shown.push(element("h3", {}, `${title} (${cards.length})`), ...cards.map((card) => row(card, currentID, open, nameOfDraft)));
    }
    byID("card-list").replaceChildren(
        ...(shown.length > 0 ? shown : [element("p", { class: "none" }, "Карточек пока нет")]));
}

function row(card, currentID, open, nameOfDraft) {
    const name = card.applicant
        ? format.initials(card.applicant) : card.state === "draft" ? nameOfDraft(card) : "Аноним";
    const details = [format.moment(card.openedAt, now()), card.organizationName ?? topicTitles.get(card.topic)];
    return element("button",
        {
            type: "button", "data-appeal": card.appealID, "data-state": card.state,
            "data-forwarded": card.state === "inWork" && card.organizationName ? "true" : null,
            "aria-current": sameID(card.appealID, currentID) ? "true" : null,
            title: [card.number && `№ ${card.number}`, format.fullName(card.applicant), card.organizationName]
                .filter(Boolean).join(" · ") || null,
            click: () => open(card),
        },
        element("span", {}, card.state === "closed" ? icon("lock") : null, card.number ? `${card.number.slice(-6)} ${name}` : name),
        element("span", { class: "sub" }, details.filter(Boolean).join(" · ")));
}

/** Tabs of the open cards; a dot where something new waits, a pencil where something is not saved. */
export function renderTabs(cards, current, { choose, close }) {
    const shown = cards.map((card) => element("div", { class: card === current ? "tab current" : "tab" },
        element("button",
            {
                type: "button", role: "tab", "data-tab": card.id, "aria-selected": String(card === current),
                "aria-controls": "card-form", click: () => choose(card),
            },
            card.title,
            card.isUnseen ? element("span", { class: "dot", role: "img", "aria-label": "новая" }) : null,
            card.isDirty ? element("span", { class: "unsaved", title: "Не сохранено" }, "✎") : null),
        element("button",
            { type: "button", class: "close", "aria-label": `Убрать ${card.title}`, click: () => close(card) }, "×")));
    byID("card-tabs").replaceChildren(...shown);
}
