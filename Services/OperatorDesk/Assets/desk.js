// The desk: wires the line, the cards and the panes to the events and to each other.
import { byID, pressTwice, toast, unlessPressed } from "./dom.js";
import { call, get, newID, now, sameID, whenSignedOut, withQuery } from "./api.js";
import { Bar } from "./bar.js";
import { BookingPane } from "./booking.js";
import { OpenCard, readForm } from "./card.js";
import { CardForm } from "./form.js";
import { EventStream } from "./events.js";
import * as format from "./format.js";
import { ForwardPane } from "./forward.js";
import { Line } from "./line.js";
import { renderCardList, renderTabs } from "./cardlist.js";

const { accountId: accountID, displayName, role } = document.body.dataset;
const me = { accountID, displayName, role };
const isOperator = me.role === "operator";
/** An organization works on the cards forwarded to it; the line and booking are not its business. */
const seesLine = me.role !== "organization";
/** Cards kept as tabs; the oldest without unsaved words leaves first. */
const openLimit = 8;
/** How often everything is compared with the server, should an event have been missed. */
const comparePause = 20_000;

const line = new Line();
const bar = new Bar(line, me);
let cards = [];
let current = null;
let summaries = [];
/** When the operator last pressed a key or a button, by `performance.now()`. */
let lastInput = -Infinity;
/** Counts the changes of the own state that were made on this page. */
let ownChanges = 0;

const form = new CardForm({
    onInput: () => {
        renderCards();
        if (!byID("pane-booking").hidden) unlessPressed("booking", () => booking.render(current));
    },
    save: () => save(),
    nameOf: (id) => id === me.accountID ? me.displayName : line.operators.get(id)?.displayName ?? serviceNames[id] ?? id,
});
const booking = new BookingPane({ onBooked: () => {} });
const forwarding = new ForwardPane({
    onForwarded: (card, view) => {
        card.rebase(view);
        if (card === current) form.render(card);
        renderCards();
        readAppealsSoon();
    },
});
const serviceNames = {
    journal: "журнал", booking: "запись", notifier: "уведомления", "callback-dialer": "перезвон", "call-intake": "линия",
};

/** Runs a task that nobody waits for; its failure is shown, once. */
function start(task) {
    task().catch((error) => {
        if (error.errorID === undefined) throw error;
        // A lost connection and a lost session have their own places on the screen.
        if (error.status === 0) bar.setLost(true);
        else if (error.status !== 401) toast(error.message, "bad");
    });
}

/** Calls that come together are one. */
function soon(task, pause) {
    let timer;
    return () => {
        timer ??= setTimeout(() => {
            timer = undefined;
            task();
        }, pause);
    };
}

// MARK: Reading

async function readLine() {
    if (!seesLine) return;
    const before = ownChanges;
    const answer = await get("/api/line");
    // Looked at before the state was changed here: it would show the old one again.
    if (before !== ownChanges) return readLineSoon();
    line.replace(answer, now());
    bar.render();
    start(openCardOfOwnCall);
}

async function readAppeals() {
    summaries = await get("/api/appeals");
    renderCards();
    start(openCardOfOwnCall);
}

const readLineSoon = soon(() => start(readLine), 400);
const readAppealsSoon = soon(() => start(readAppeals), 400);
const renderLineSoon = soon(() => bar.render(), 200);

/** Reads an open card again; typed words stay. */
async function reread(card) {
    const view = await get(`/api/appeals/${encodeURIComponent(card.id)}`);
    if (card.isSaving || view.revision < card.view.revision) return;
    const isNewer = view.revision > card.view.revision;
    const both = card.rebase(view);
    if (isNewer && both.length > 0) {
        card.message = { kind: "note", text: `Карточку изменили не только вы. Проверьте: ${both.join(", ")}.` };
    }
    if (card === current) {
        form.render(card);
        forwarding.render(card);
        booking.render(card);
    }
    renderCards();
}

async function readCallback(card) {
    if (!card.view.callID) return;
    const found = await get(withQuery("/api/callbacks", { callID: card.view.callID }));
    card.callback = found[0] ?? null;
    if (card === current) form.render(card);
}

async function readAll() {
    const bookings = seesLine ? cards.map((card) => booking.refresh(card)) : [];
    await Promise.all([readLine(), readAppeals(), ...cards.map(reread), ...bookings]);
}

// MARK: Cards

const renderCards = () => unlessPressed("cards", renderCardsNow);

function renderCardsNow() {
    renderTabs(cards, current, { choose: (card) => choose(card, { focus: true }), close });
    renderCardList(summaries, current?.id, {
        open: (summary) => start(() => open(summary.appealID, { focus: true })),
        nameOfDraft: (summary) => {
            const caller = line.call(summary.callID)?.caller;
            return cards.find((card) => card.is(summary.appealID))?.title
                ?? (caller ? format.caller(caller) : "Без имени");
        },
    });
    const own = cardOfOwnCall();
    byID("button-own-card").hidden = !own || Boolean(current?.is(own));
    document.title = cards.some((card) => card.isUnseen) ? "● Новая карточка · Линия 122" : "Линия 122";
}

function choose(card, { focus = false } = {}) {
    current = card;
    if (card) card.isUnseen = false;
    form.render(card);
    booking.render(card);
    forwarding.render(card);
    renderCards();
    byID("card-tabs").querySelector(".current")?.scrollIntoView({ inline: "nearest", block: "nearest" });
    if (card && focus) form.focusFirst();
}

const opening = new Map();

/** Opens a card, or shows it when it is open. `parked`: only as a tab with a dot. */
async function open(appealID, { caller = null, focus = false, isParked = () => false } = {}) {
    let card = cards.find((item) => item.is(appealID));
    if (!card) {
        const id = appealID.toLowerCase();
        // Two events of one card, or an event and a click, are one opening.
        if (!opening.has(id)) {
            opening.set(id, get(`/api/appeals/${encodeURIComponent(appealID)}`).finally(() => opening.delete(id)));
        }
        const view = await opening.get(id);
        card = cards.find((item) => item.is(appealID));
        if (!card) {
            card = new OpenCard(view, { caller: caller ?? line.call(view.callID)?.caller ?? null, isReadOnly: !seesLine });
            cards.push(card);
            const spare = cards.length > openLimit
                && cards.find((item) => item !== card && item !== current && !item.isDirty && !item.isUnseen);
            if (spare) cards = cards.filter((item) => item !== spare);
            if (seesLine) start(() => booking.refresh(card));
            if (seesLine && view.state !== "draft") start(() => readCallback(card));
        }
    }
    // Asked now, not before the answer came: the operator may have begun to type meanwhile.
    if (isParked() && card !== current) {
        card.isUnseen = true;
        renderCards();
        toast("Открыта карточка нового звонка. Перейти: F2");
        return;
    }
    choose(card, { focus });
}

/** Whether an operator is in the middle of something that must not be taken away. */
function isBusy() {
    if (!current) return false;
    const field = document.activeElement;
    const isTyping = field?.closest("#card-form, .pane") && performance.now() - lastInput < 5_000;
    return current.isDirty || current.isSaving || Boolean(current.booking?.busy) || Boolean(current.booking?.slotID)
        || current.forward.comment.trim() !== "" || Boolean(isTyping);
}

let askedToClose = null;

function close(card) {
    if (card.isDirty && askedToClose !== card) {
        askedToClose = card;
        setTimeout(() => { if (askedToClose === card) askedToClose = null; }, 4_000);
        toast("В карточке есть несохранённое. Чтобы убрать её, нажмите × ещё раз.", "bad");
        return;
    }
    askedToClose = null;
    const place = cards.indexOf(card);
    cards = cards.filter((item) => item !== card);
    if (card === current) choose(cards[Math.min(place, cards.length - 1)] ?? null);
    else renderCards();
}

async function save() {
    const card = current;
    if (!card || card.isSaving || card.isLocked) return;
    const { card: read, errors } = readForm(card.form, { isWhole: true });
    card.errors = errors;
    if (Object.keys(errors).length > 0) {
        card.message = { text: "Карточка не сохранена: исправьте отмеченные поля.", kind: "bad" };
        form.renderState();
        form.focusFirst();
        return;
    }
    const sent = { ...card.form };
    const wish = { revision: card.view.revision, card: read, measuresDone: card.form.measuresDone };
    const isFirst = !card.view.number;
    card.isSaving = true;
    card.message = null;
    form.renderState();
    let isOutdated = false;
    try {
        const view = await call("PUT", `/api/appeals/${encodeURIComponent(card.id)}`, wish,
            { "Idempotency-Key": card.saveKey.for(wish) });
        card.saveKey.answered();
        card.saved(view, sent);
        card.message = {
            kind: "good", text: isFirst ? `Карточка зарегистрирована. Номер ${view.number}.` : "Изменения сохранены.",
        };
        readAppealsSoon();
    } catch (error) {
        if (error.status >= 400 && error.status < 500) card.saveKey.answered();
        isOutdated = error.errorID === "revision-differs";
        card.message = { kind: "bad", text: error.message };
    }
    card.isSaving = false;
    if (isOutdated) {
        // What was typed stays; the rest follows the server, and the next save stands on it.
        card.message = { kind: "note", text: "Карточку за это время изменили. Проверьте её и сохраните ещё раз." };
        start(() => reread(card));
    }
    if (card === current) {
        form.render(card);
        forwarding.render(card);
        booking.render(card);
    }
    renderCards();
}

/** The id of the card that was asked for and not answered yet. */
let wantedCard = null;

async function newCard() {
    // The key becomes the id of the card: asked again after a lost answer, it is the same card.
    wantedCard ??= newID();
    const view = await call("POST", "/api/appeals", {}, { "Idempotency-Key": wantedCard });
    wantedCard = null;
    if (cards.some((card) => card.is(view.appealID))) return;
    const card = new OpenCard(view, { isReadOnly: !seesLine });
    cards.push(card);
    choose(card, { focus: true });
    readAppealsSoon();
}

// MARK: The call of this operator

/** The broken call that a callback goes on with, by the callback's id. */
const originalCalls = new Map();
/** The own call whose card was opened, so that a card that was put away stays away. */
let openedFor = null;

function cardOfOwnCall() {
    const own = bar.ownCall;
    if (!own) return null;
    const id = originalCalls.get(own.callbackID?.toLowerCase()) ?? own.callID;
    return cards.find((card) => sameID(card.view.callID, id))?.id
        ?? summaries.find((summary) => sameID(summary.callID, id))?.appealID ?? null;
}

/**
 * Opens the card of the call that is going on. A new call says so by an event, which may have gone by while the
 * connection was lost; a callback goes on with the card of the broken call (C-03), of which nothing is said.
 */
async function openCardOfOwnCall() {
    const own = bar.ownCall;
    if (!own || sameID(openedFor, own.callID)) return;
    const callbackID = own.callbackID?.toLowerCase();
    if (callbackID && !originalCalls.has(callbackID)) {
        for (const found of await get("/api/callbacks")) originalCalls.set(found.callbackID.toLowerCase(), found.callID);
    }
    const appealID = cardOfOwnCall();
    if (!appealID) return;
    openedFor = own.callID;
    if (current?.is(appealID)) return;
    await open(appealID, { caller: own.caller, focus: true, isParked: isBusy });
}

// MARK: Events

const stream = new EventStream({
    call: (data) => {
        line.applyCall(data, now());
        renderLineSoon();
        if (data.operatorID === me.accountID) {
            readLineSoon();
            if (data.outcome === "broken") {
                const card = cards.find((item) => sameID(item.view.callID, data.callID));
                if (card) toast("Связь со звонящим оборвалась. Система перезвонит сама.", "bad");
            }
        }
    },
    card: (data) => {
        // A card that goes on with a colleague leaves the list here.
        if (summaries.some((summary) => sameID(summary.appealID, data.appealID))) readAppealsSoon();
        if (data.operatorID !== me.accountID) return;
        readAppealsSoon();
        openedFor = data.callID;
        start(() => open(data.appealID, { caller: data.caller, focus: true, isParked: isBusy }));
    },
    appeal: (data) => {
        const card = cards.find((item) => item.is(data.appealID));
        if (card) start(() => reread(card));
        const isListed = summaries.some((summary) => sameID(summary.appealID, data.appealID));
        if (card || isListed || data.operatorID === me.accountID || !isOperator) readAppealsSoon();
    },
    booking: (data) => {
        const card = cards.find((item) => item.is(data.appealID ?? "")
            || item.bookings.some((made) => sameID(made.bookingID, data.bookingID)));
        if (!card) return;
        start(() => booking.refresh(card));
        start(() => reread(card));
    },
    callback: (data) => {
        const card = cards.find((item) => sameID(item.view.callID, data.callID));
        if (card) start(() => readCallback(card));
    },
    // The server lost some of what happened.
    refetch: () => start(readAll),
    operator: (data) => {
        line.applyOperator(data);
        renderLineSoon();
    },
}, {
    onOpen: () => {
        bar.setLost(false);
        start(readAll);
    },
    onLost: () => {
        bar.setLost(true);
        // A refused stream may mean that the session is over; this asks.
        start(() => get("/api/me"));
    },
});

// MARK: Buttons and keys

async function setState(state) {
    ownChanges += 1;
    const view = await call("POST", "/api/state", { state });
    ownChanges += 1;
    line.applyOperator(view);
    bar.render();
}

/** Whether the line could not be told: the next press leaves without it. */
let leavesAnyway = false;

async function leave() {
    if (isOperator && !leavesAnyway) {
        try {
            await setState("offline");
        } catch (error) {
            leavesAnyway = true;
            toast(`Снять вас с линии не удалось. ${error.message} Чтобы выйти всё равно, нажмите «Выйти» ещё раз.`, "bad");
            return;
        }
    }
    await call("DELETE", "/api/session");
    stream.close();
    cards = [];
    location.assign("/login");
}

function showPane(name) {
    if (!seesLine) return;
    for (const pane of ["booking", "forward"]) {
        byID(`pane-${pane}`).hidden = pane !== name;
        byID(`tab-${pane}`).setAttribute("aria-selected", String(pane === name));
    }
    const pane = name === "booking" ? booking : forwarding;
    pane.render(current);
    if (current) pane.focus();
}

for (const button of document.querySelectorAll("[data-set-state]")) {
    button.addEventListener("click", () => start(() => setState(button.dataset.setState)));
}
byID("tab-booking").addEventListener("click", () => showPane("booking"));
byID("tab-forward").addEventListener("click", () => showPane("forward"));
byID("button-new-card").addEventListener("click", () => start(newCard));
byID("button-own-card").addEventListener("click", () => goToOwnCard());
pressTwice(byID("button-hang-up"), "Точно завершить?", () => {
    const own = bar.ownCall;
    if (own) start(() => call("DELETE", `/api/calls/${encodeURIComponent(own.callID)}`));
});
pressTwice(byID("button-leave"), "Точно выйти?", () => start(leave));
byID("toast").addEventListener("click", (event) => { event.currentTarget.hidden = true; });

function goToOwnCard() {
    const appealID = cards.find((card) => card.isUnseen)?.id ?? cardOfOwnCall();
    if (appealID) start(() => open(appealID, { focus: true }));
}

// By the physical key, so that the Russian layout changes nothing.
document.addEventListener("keydown", (event) => {
    lastInput = performance.now();
    const isPlain = !event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey;
    if (event.ctrlKey && (event.code === "Enter" || event.code === "NumpadEnter")) {
        event.preventDefault();
        save();
    } else if (isPlain && event.code === "F8") {
        event.preventDefault();
        showPane("booking");
    } else if (isPlain && event.code === "F7") {
        event.preventDefault();
        showPane("forward");
    } else if (isPlain && event.code === "F2") {
        event.preventDefault();
        goToOwnCard();
    } else if (isPlain && event.code === "Escape") {
        // The top layer only: the note at the edge, then the pane at the right.
        if (!byID("toast").hidden) byID("toast").hidden = true;
        else if (document.activeElement?.closest(".right")) form.focusFirst();
    }
});

document.addEventListener("pointerdown", () => { lastInput = performance.now(); });

addEventListener("beforeunload", (event) => {
    if (cards.some((card) => card.isDirty)) event.preventDefault();
});

whenSignedOut(() => {
    if (cards.some((card) => card.isDirty)) byID("session-strip").hidden = false;
    else location.assign("/login");
});

// MARK: Start

byID("state-buttons").hidden = !isOperator;
byID("who-telephone").hidden = document.body.dataset.telephone === "";
byID("button-new-card").hidden = me.role === "organization";
byID("cards-title").textContent = isOperator ? "Мои карточки" : seesLine ? "Карточки" : "Переданы нам";
choose(null);
bar.setLost(true);
byID("connection").textContent = "Подключение…";
byID("own-state-word").textContent = "Подключение";
stream.open();
if (seesLine) {
    start(() => booking.loadClinics());
    start(() => forwarding.loadOrganizations());
}
setInterval(() => bar.tick(), 1_000);
setInterval(() => {
    start(async () => {
        await (seesLine ? readLine() : get("/api/me"));
        byID("session-strip").hidden = true;
        // The server answers, so a stream that is not open waits for nothing.
        if (!stream.isOpen) stream.open();
        else bar.setLost(false);
    });
}, comparePause);
