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

/**
 * @param open called for the card that was chosen
 * @param nameOfDraft what a card without a name is called
 * @param isOwnCall whether a card is that of the call that is going on
 * @param isClinic whether all cards went to the same place, so that their topic says more
 */
export function renderCardList(summaries, currentID, { open, nameOfDraft, isOwnCall, isClinic }) {
    const shown = [];
    for (const [title, belongs] of groups) {
        const cards = summaries.filter(belongs);
        if (cards.length === 0) continue;
        shown.push(element("h3", {}, `${title} (${cards.length})`), ...cards.map((card) => row(card, currentID, { open, nameOfDraft, isOwnCall, isClinic })));
    }
    byID("card-list").replaceChildren(
        ...(shown.length > 0 ? shown : [element("p", { class: "none" }, "Карточек пока нет")]));
}

function row(card, currentID, { open, nameOfDraft, isOwnCall, isClinic }) {
    const name = card.applicant
        ? format.initials(card.applicant) : card.state === "draft" ? nameOfDraft(card) : "Аноним";
    const topic = topicTitles.get(card.topic);
    const details = [
        format.moment(card.openedAt, now()), isClinic ? topic : card.organizationName ?? topic,
        card.state === "draft" && !isOwnCall(card) ? "не дозаполнено" : null,
    ];
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

/**
 * Tabs of the open cards; a dot where something new waits, a pencil where something is not saved. A strip of tabs holds
 * nothing but tabs for whoever hears it: the crosses are for the pointer, the key is Delete.
 */
export function renderTabs(cards, current, { choose, close }) {
    const shown = cards.map((card) => element("div", { class: card === current ? "tab current" : "tab", role: "presentation" },
        element("button",
            {
                type: "button", role: "tab", "data-tab": card.id, "aria-selected": String(card === current),
                tabindex: card === current ? 0 : -1, "aria-keyshortcuts": "Delete",
                "aria-controls": "card-form", click: () => choose(card),
                keydown: (event) => {
                    if (event.key !== "Delete") return;
                    event.preventDefault();
                    close(card);
                },
            },
            card.title,
            card.isUnseen ? element("span", { class: "dot", role: "img", "aria-label": "новая" }) : null,
            card.hasUnsaved ? element("span", { class: "unsaved", title: "Не сохранено" }, "✎") : null),
        element("button",
            {
                type: "button", class: "close", tabindex: -1, "aria-hidden": "true", title: "Убрать (Delete)",
                click: () => close(card),
            }, "×")));
    byID("card-tabs").replaceChildren(...shown);
}
