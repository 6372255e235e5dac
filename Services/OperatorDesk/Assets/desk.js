// The desk: wires the line, the cards and the panes to the events and to each other.
import { byID, element, pressTwice, toast, unlessPressed } from "./dom.js";
import { actAs, call, get, newID, now, refuseCalls, sameID, whenSignedOut, withQuery } from "./api.js";
import { Bar } from "./bar.js";
import { Board } from "./board.js";
import { BookingPane } from "./booking.js";
import { CallBar } from "./callbar.js";
import { OpenCard, fieldOf, readForm } from "./card.js";
import { CardForm } from "./form.js";
import { CardView } from "./cardview.js";
import { DraftKeeper, UnsavedCopy } from "./drafts.js";
import * as format from "./format.js";
import { ForwardPane } from "./forward.js";
import { keepFocus, withArrows } from "./keyboard.js";
import { listenToKeys, showKeys, toggleHelp } from "./keys.js";
import { Line } from "./line.js";
import { LiveStream } from "./live.js";
import { closeMenus, toggleMenu } from "./menus.js";
import { MessageList } from "./messages.js";
import { whenContinued } from "./outcome.js";
import { spoken } from "./promise.js";
import { ask, dismissQuestion } from "./question.js";
import { SpeechMoments, SpeechPanel, addressOf } from "./speech.js";
import { TaskList } from "./tasks.js";
import { TransferPane } from "./transfer.js";
import { renderCardList, renderTabs } from "./cardlist.js";
import { OwnCall } from "./owncall.js";
import {
    chooseTelephone, chosenTelephone, isInCharge, isOperator, me, seesLine, seesMessages, showTelephone,
} from "./workplace.js";

/** Cards kept as tabs; the oldest without unsaved words leaves first. */
const openLimit = 8;
/** How often everything is compared with the server, should an event have been missed. */
const comparePause = 20_000;
/** Over how long hundreds of workplaces that are told the same at once spread their questions, in milliseconds. */
const spread = 4_000;

const line = new Line();
const bar = new Bar(line, me);
let cards = [];
let current = null;
let summaries = [];
/** When the operator last pressed a key or a button, by `performance.now()`. */
let lastInput = -Infinity;
/** Counts the changes of the own state that were made on this page. */
let ownChanges = 0;

const drafts = new DraftKeeper({
    kept: (card) => {
        unlessPressed("kept", () => { if (card === current) form.render(card); });
        renderCards();
        unsaved.touch(() => cards);
    },
    outdated: (card) => start(() => reread(card)),
    failed: (card, error) => {
        if (error.status === 0) setLost(true);
        const name = fieldOf(error.field);
        if (!name || error.status >= 500) return;
        card.errors[name] = error.message;
        if (card === current) form.renderState();
    },
});
const unsaved = new UnsavedCopy(me.accountID);
const form = !seesLine ? new CardView({ nameOf }) : new CardForm({
    onInput: (card) => {
        drafts.touch(card);
        unsaved.touch(() => cards);
        renderCards();
        renderCalls();
        if (!byID("pane-booking").hidden) unlessPressed("booking", () => booking.render(current));
    },
    save: () => save(),
    nameOf,
    onPromised: (card, callback) => {
        card.callback = callback;
        if (card === current) form.render(card);
        toast("Звонок обещан: система наберёт сама.", "good");
    },
    mayCall: isOperator,
    mayClose: me.role === "administrator",
    onOutcome: (card, view) => {
        card.rebase(view);
        card.isReadOnly = !mayChange(view);
        if (card === current) form.render(card);
        renderCards();
        readAppealsSoon();
        start(() => readCallback(card));
    },
});
whenContinued((view) => start(() => open(view.appealID, { focus: true })));
const booking = new BookingPane({ onBooked: () => {} });
const forwarding = new ForwardPane({
    onInput: () => {
        unsaved.touch(() => cards);
        renderCards();
    },
    onForwarded: (card, view) => {
        card.rebase(view);
        if (card === current) form.render(card);
        renderCards();
        readAppealsSoon();
    },
});
const callBar = new CallBar(me.accountID, {
    order: (callID, title, ...orders) => act(title, async () => {
        for (const order of orders) await control(callID, order);
    }),
    finish: () => act("Готов", finish),
    onChange: () => renderSpeech(),
    focusField: (name) => {
        const card = cardOfLastCall();
        if (card && card !== current) choose(card);
        form.focusField(name);
    },
    openTransfer: () => showPane("transfer"),
    nameOf,
});
const transfers = new TransferPane(line, me.accountID, {
    order: control, keep: keepBeforeTransfer, onChange: () => renderSpeech(),
});
const messages = new MessageList({
    take: isOperator ? (message) => start(() => take(message)) : null, readAgain: () => start(readMessages),
});
const tasks = new TaskList({ open: (appealID) => start(() => open(appealID, { focus: true })) });
const speech = new SpeechPanel();
const moments = new SpeechMoments();
const board = new Board(line, me, {
    titleOf: (callback) => {
        const summary = summaries.find((item) => sameID(item.callID, callback.callID));
        return summary && [
            summary.number ? `№ ${summary.number.slice(-6)}` : null,
            summary.applicant ? format.initials(summary.applicant) : null,
            summary.caller ? format.caller(summary.caller) : null,
        ].filter(Boolean).join(" · ");
    },
    openCard: (callback) => act("Карточка", async () => {
        const found = callback.appealID ?? (await get(withQuery("/api/appeals", { callID: callback.callID }))).at(0)?.appealID;
        if (found) await open(found, { focus: true });
        else toast("Карточки у этого звонка нет: с абонентом ещё не говорили.");
    }),
});
let directory = { operators: [], organizations: [], seniors: [] };
const serviceNames = {
    journal: "журнал", booking: "запись", notifier: "уведомления", "callback-dialer": "перезвон", "call-intake": "линия",
};

function nameOf(id) {
    if (id === me.accountID) return me.displayName;
    return line.operators.get(id)?.displayName
        ?? [...directory.operators, ...directory.seniors].find((person) => person.operatorID === id)?.displayName ?? serviceNames[id] ?? id;
}

/** Everything that shows whether the server is there. */
function setLost(isLost) {
    bar.setLost(isLost);
    renderCalls();
}

/** Runs a task that nobody waits for; its failure is shown, once. */
function start(task) {
    task().catch((error) => {
        if (error.errorID === undefined) throw error;
        // A lost connection and a lost session have their own places on the screen.
        if (error.status === 0) setLost(true);
        else if (error.status !== 401) toast(error.message, "bad");
    });
}

/** Runs what somebody has asked for: no answer is said as well, because silence would look like done. */
function act(title, task) {
    start(() => task().catch((error) => {
        if (error.status === 0) toast(`${title}: ответа нет, могло не выполниться. Проверьте и сделайте это с телефона.`, "bad");
        throw error;
    }));
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
    renderLine();
    start(openCardOfOwnCall);
}

/** Everything that shows calls and operators. */
function renderLine() {
    bar.render();
    renderCalls();
    if (isInCharge) board.render();
}

function renderCalls() {
    if (!isOperator) return;
    const { own, ownCall: onLine } = bar;
    callBar.render(own, missingFields(), bar.isLost);
    renderOtherCall();
    unlessPressed("transfer", () => transfers.render(callBar.mine));
    if (onLine && own.state !== "ringing" && byID("pane-transfer").hidden && onLine.transfer && callBar.mine) {
        showPane("transfer", { focus: false });
    }
    renderSpeech();
}

/** While somebody speaks, a card that is not the caller's says so: what is heard now must not go into it. */
function renderOtherCall() {
    const own = bar.ownCall?.answeredAt && ["talking", "holding"].includes(bar.own.state) ? cardOfOwnCall() : null;
    byID("other-call").hidden = !own || !current || current.is(own);
}

async function readMessages() {
    if (seesMessages) messages.show(await get("/api/messages"));
}

async function readTasks() {
    if (seesLine) tasks.show(await get("/api/tasks"));
}

async function readAppeals() {
    summaries = await get("/api/appeals");
    renderCards();
    start(openCardOfOwnCall);
}

const readLineSoon = soon(() => start(readLine), 400);
const readAppealsSoon = soon(() => start(readAppeals), 400);
const readMessagesSoon = soon(() => start(readMessages), 400);
const readTasksSoon = soon(() => start(readTasks), 400);
const renderLineSoon = soon(renderLine, 200);
const readBoardSoon = soon(() => start(() => board.readCallbacks()), 1_000);

/** Reads an open card again; typed words stay. */
async function reread(card) {
    let view;
    try {
        view = await get(`/api/appeals/${encodeURIComponent(card.id)}`);
    } catch (error) {
        if (error.status !== 403) throw error;
        // It went on with somebody else; what was typed here stays readable.
        lock(card, null);
        return;
    }
    const wasReadOnly = card.isReadOnly;
    card.isReadOnly = !mayChange(view);
    if (wasReadOnly && !card.isReadOnly) card.message = { kind: "good", text: "Карточка теперь ваша." };
    if (card.isSaving || view.revision < card.view.revision) return;
    const isNewer = view.revision > card.view.revision;
    const both = card.rebase(view);
    if (isNewer && both.length > 0) {
        card.message = { kind: "note", text: `Карточку изменили не только вы. Выберите, что оставить: ${both.join(", ")}.` };
    }
    if (card === current) {
        form.render(card);
        forwarding.render(card);
        booking.render(card);
    }
    renderCards();
}

async function readCallback(card) {
    // A reminder or a survey is news only while nothing else is.
    const found = await get(withQuery("/api/callbacks",
        card.view.callID ? { callID: card.view.callID, appealID: card.id } : { appealID: card.id }));
    const byPeople = found.filter((callback) => !spoken.includes(callback.kind));
    card.callback = byPeople.find((callback) => callback.state === "open") ?? byPeople[0] ?? found[0] ?? null;
    card.callbacks = found;
    if (card === current) form.render(card);
}

async function readAll() {
    const bookings = seesLine ? cards.filter((card) => !card.isReadOnly).map((card) => booking.refresh(card)) : [];
    await Promise.all([readLine(), readAppeals(), readMessages(), readTasks(), ...cards.map(reread), ...bookings]);
}

/** What cannot change for the length of a shift; asked for until it is there. */
let plan = null;

async function readPlan() {
    if (plan || !seesLine) return;
    [plan, directory] = await Promise.all([get("/api/line/plan"), get("/api/directory")]);
    callBar.plan = plan;
    transfers.plan = plan;
    transfers.directory = directory;
    renderBreaks();
}

// MARK: Cards

const renderCards = () => unlessPressed("cards", renderCardsNow);

function renderCardsNow() {
    const own = cardOfOwnCall();
    renderTabs(cards, current, { choose: (card) => choose(card, { focus: true }), close });
    renderCardList(summaries, current?.id, {
        open: (summary) => start(() => open(summary.appealID, { focus: true })),
        nameOfDraft: (summary) => {
            const caller = line.call(summary.callID)?.caller ?? summary.caller;
            return cards.find((card) => card.is(summary.appealID))?.title
                ?? (caller ? format.caller(caller) : summary.callID ? "Без имени" : "Без звонка");
        },
        isOwnCall: (summary) => sameID(summary.appealID, own),
        isClinic: !seesLine,
    });
    byID("button-own-card").hidden = !own || Boolean(current?.is(own));
    renderOtherCall();
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
            card = new OpenCard(view, {
                caller: caller ?? line.call(view.callID)?.caller ?? view.messages?.at(-1)?.caller ?? null,
                isReadOnly: !mayChange(view),
            });
            cards.push(card);
            const spare = cards.length > openLimit
                && cards.find((item) => item !== card && item !== current && !item.hasUnsaved && !item.isUnseen);
            if (spare) cards = cards.filter((item) => item !== spare);
            if (seesLine) start(() => booking.refresh(card));
            else start(() => readVisits(card));
            if (card.isReadOnly && isOperator) card.message = { kind: "note", text: "Прочитайте карточку: разговор переводят вам. Изменить её можно после перевода." };
            if (seesLine) start(() => readCallback(card));
        }
    }
    // Asked now, not before the answer came: the operator may have begun to type meanwhile.
    if (isParked() && card !== current) {
        card.isUnseen = true;
        renderCards();
        toast("Открыта карточка нового звонка. Перейти: F2");
        return;
    }
    // The card on the screen may go on by itself, after a callback: whoever types in it goes on typing.
    const isHere = card === current && (form.hasFocus || isParked());
    choose(card, { focus: focus && !isHere });
}

/** The visits of a card, as a clinic reads them. */
async function readVisits(card) {
    card.bookings = await get(`/api/appeals/${encodeURIComponent(card.id)}/bookings`);
    if (card === current) form.render(card);
}

/** Whether an operator is in the middle of something that must not be taken away. */
function isBusy() {
    if (!current) return false;
    const field = document.activeElement;
    const isTyping = field?.closest("#card-form, .pane") && performance.now() - lastInput < 5_000;
    return current.hasUnsaved || current.isSaving || Boolean(current.booking?.busy) || Boolean(isTyping)
        || (current.isHalfFilled && form.hasFocus);
}

async function close(card) {
    await drafts.keep(card);
    if (card.hasUnsaved && await ask(`В карточке «${card.title}» есть несохранённое. Убрать её?`,
        [["stay", "Оставить"], ["close", "Убрать, не сохраняя"]]) !== "close") return;
    const place = cards.indexOf(card);
    cards = cards.filter((item) => item !== card);
    unsaved.touch(() => cards);
    if (card === current) choose(cards[Math.min(place, cards.length - 1)] ?? null);
    else renderCards();
}

/** Whose card it is changes it; an organization reads those forwarded to it. */
const mayChange = (view) => seesLine && (!isOperator || view.operatorID === me.accountID);

/** A card that went on with somebody else. */
function lock(card, operatorID) {
    if (card.isReadOnly) return;
    card.isReadOnly = true;
    card.message = { kind: "note", text: `Карточка передана${operatorID ? `: ${nameOf(operatorID)}` : " другому оператору"}.` };
    if (card === current) form.render(card);
    renderCards();
}

/** @returns whether it is saved */
async function save(card = current) {
    if (!card || card.isSaving || card.isLocked) return false;
    const { card: read, errors } = readForm(card.form, { isWhole: true });
    card.errors = errors;
    if (Object.keys(errors).length > 0 || Object.keys(card.conflicts).length > 0) {
        card.message = {
            text: Object.keys(errors).length > 0 ? "Карточка не сохранена: исправьте отмеченные поля."
                : "Карточка не сохранена: выберите, какой текст оставить.", kind: "bad",
        };
        form.renderState();
        form.focusFirst();
        return false;
    }
    if (card.view.number && !card.isDirty) {
        card.message = { text: "Изменений нет: всё уже сохранено.", kind: "note" };
        form.renderState();
        return true;
    }
    await drafts.settled(card);
    if (card.isSaving) return false;
    const sent = { ...card.form };
    const wish = { revision: card.view.revision, card: read, measuresDone: card.form.measuresDone };
    const isFirst = !card.view.number;
    card.isSaving = true;
    card.message = null;
    form.renderState();
    let isOutdated = false;
    let isSaved = false;
    try {
        const view = await call("PUT", `/api/appeals/${encodeURIComponent(card.id)}`, wish,
            { "Idempotency-Key": card.saveKey.for(wish) });
        card.saveKey.answered();
        card.saved(view, sent);
        isSaved = true;
        card.message = {
            kind: "good", text: isFirst ? `Карточка зарегистрирована. Номер ${view.number}.` : "Изменения сохранены.",
        };
        readAppealsSoon();
    } catch (error) {
        if (error.status >= 400 && error.status < 500) card.saveKey.answered();
        isOutdated = error.errorID === "revision-differs";
        card.message = { kind: "bad", text: error.message };
        if (error.status === 0) setLost(true);
        const name = fieldOf(error.field);
        if (name) card.errors[name] = error.message;
    }
    card.isSaving = false;
    unsaved.touch(() => cards);
    if (isOutdated) {
        // What was typed stays; the rest follows the server, and the next save stands on it.
        card.message = { kind: "note", text: "Карточку за это время изменили. Проверьте её и сохраните ещё раз." };
        start(() => reread(card));
    }
    if (card === current) {
        form.render(card);
        forwarding.render(card);
        booking.render(card);
        if (Object.keys(card.errors).length > 0) form.focusFirst();
    }
    renderCards();
    renderCalls();
    return isSaved;
}

/**
 * Keeps what is typed in the card of the call, so that the receiver of a transfer reads it. A draft is not registered
 * by it; what cannot be read yet stays here.
 */
async function keepBeforeTransfer() {
    const card = cards.find((item) => item.is(cardOfOwnCall() ?? ""));
    if (!card || card.isLocked || !card.isDirty) return;
    if (card.view.number) {
        if (!await save(card)) throw new Error("Карточка не сохранена. Исправьте её или уберите правку, затем переводите.");
        return;
    }
    if (!await drafts.keep(card)) throw new Error("Набранное не передано: повторите перевод или расскажите коллеге голосом.");
}

/** Takes a message of the secretary; the first one wins. */
async function take(message) {
    try {
        await call("POST", `/api/appeals/${encodeURIComponent(message.appealID)}/take`, {}, { "Idempotency-Key": newID() });
    } catch (error) {
        readMessagesSoon();
        throw error;
    }
    messages.remove(message.appealID);
    readAppealsSoon();
    await open(message.appealID, { caller: message.caller, focus: true });
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

const ownCall = new OwnCall();

const cardOfOwnCall = () => ownCall.cardOf(bar.ownCall, cards, summaries);

/** The card that is filled during the call and after it. */
function cardOfLastCall() {
    const id = ownCall.cardToFill(bar.ownCall, cards, summaries);
    return cards.find((card) => card.is(id ?? "")) ?? null;
}

/**
 * Opens the card of the call that is going on. A new call says so by an event, which may have gone by while the
 * connection was lost; a callback goes on with the card of the broken call (C-03), a transfer with the caller's (T-10).
 */
async function openCardOfOwnCall() {
    const own = bar.ownCall;
    // While the first telephone rings there is no card.
    if (!own?.answeredAt || ownCall.isOpenedFor(own.callID)) return;
    const appealID = cardOfOwnCall()
        ?? (await get(withQuery("/api/appeals", { callID: own.callID }))).at(0)?.appealID;
    if (!appealID) return;
    ownCall.opened(own.callID, appealID);
    if (current?.is(appealID)) return;
    await open(appealID, { caller: own.caller, focus: true, isParked: isBusy });
}

/** What the card of the last call still needs; null when it is none of this page's. */
function missingFields() {
    const card = cardOfLastCall();
    return card && !card.isLocked ? card.view.number && !card.isDirty ? [] : card.missing : null;
}

/** What is to be said now (T-11). */
function renderSpeech() {
    if (!isOperator) return;
    const { own, ownCall: onLine } = bar;
    const card = cards.find((item) => item.is(cardOfOwnCall() ?? ""));
    const receiver = transfers.receiver;
    const moment = moments.of({
        own, call: onLine, isMine: Boolean(callBar.mine), isAskingEmergency: callBar.isAskingEmergency,
        receiver: byID("pane-transfer").hidden ? null : receiver, isBusy: transfers.isBusy,
        isTyped: Boolean(card?.isHalfFilled || card?.view.number),
    }, now());
    speech.show({
        moment, callID: onLine?.callID ?? null, address: addressOf(card?.form), operator: me.displayName,
        receiver: receiver ?? null, isComplaint: card?.form.topic === "complaint",
    });
}

/** An order for an own call. */
async function control(callID, order) {
    const view = await call("POST", `/api/calls/${encodeURIComponent(callID)}/control`, order, { "Idempotency-Key": newID() });
    line.applyView(view);
    renderLine();
    readLineSoon();
}

/** «Сохранить и готов»: the card first, the next caller after it (T-14). */
async function finish() {
    const card = cardOfLastCall();
    if (card && card !== current) choose(card);
    const isDone = !card || card.isLocked || (card.view.number && !card.isDirty) || await save(card);
    if (isDone) await setState("ready");
}

async function callCitizen() {
    if (!current) return;
    // The key becomes the id of the call: asked again, it is the same one.
    const key = newID();
    ownCall.belongs(key, current.id);
    await call("POST", "/api/calls", { appealID: current.id }, { "Idempotency-Key": key });
    toast("Сначала зазвонит ваш телефон, затем — телефон гражданина.");
}

// MARK: Events

/** All workplaces are told in the same moment; the line itself is read first. */
const readAllSoon = () => {
    setTimeout(() => start(readLine), Math.random() * spread / 4);
    setTimeout(() => start(readAll), spread / 4 + Math.random() * spread);
};
let hasBeenOpen = false;

const stream = new LiveStream(me.accountID, {
    call: (data) => {
        line.applyCall(data, now());
        renderLineSoon();
        if (data.operatorID === me.accountID) {
            readLineSoon();
            if (["callerLineBroken", "operatorLineBroken", "exchangeBroken"].includes(data.outcome)) {
                const card = cards.find((item) => sameID(item.view.callID, data.callID));
                if (card) toast("Связь со звонящим оборвалась. Система перезвонит сама.", "bad");
            }
        }
    },
    card: (data) => {
        const known = cards.find((card) => card.is(data.appealID));
        if (messages.has(data.appealID)) {
            messages.remove(data.appealID);
            readMessagesSoon();
        }
        // A card that goes on with a colleague leaves the list here.
        if (summaries.some((summary) => sameID(summary.appealID, data.appealID))) readAppealsSoon();
        if (data.operatorID !== me.accountID) {
            if (known && isOperator) lock(known, data.operatorID);
            return;
        }
        readAppealsSoon();
        ownCall.opened(data.callID, data.appealID);
        if (known) start(() => reread(known));
        start(() => open(data.appealID, { caller: data.caller, focus: true, isParked: isBusy }));
    },
    // A call on its way here: its card is read before the first word (T-10).
    "offered-card": (data) => {
        if (data.toOperatorID !== me.accountID) return;
        ownCall.opened(data.callID, data.appealID);
        start(() => open(data.appealID, { caller: data.caller, isParked: isBusy }));
    },
    offer: (data) => {
        if (data.toOperatorID !== me.accountID) return;
        callBar.offered(data.fromOperatorID);
        renderLineSoon();
    },
    message: () => readMessagesSoon(),
    appeal: (data) => {
        const card = cards.find((item) => item.is(data.appealID));
        if (card) start(() => reread(card));
        if (isInCharge) readTasksSoon();
        // An entry in the history changes nothing in a list; of other operators' cards nothing is told.
        if (data.what !== "noted") readAppealsSoon();
    },
    booking: (data) => {
        const card = cards.find((item) => item.is(data.appealID ?? "")
            || item.bookings.some((made) => sameID(made.bookingID, data.bookingID)));
        if (!card) return;
        start(() => booking.refresh(card));
        start(() => reread(card));
    },
    callback: (data) => {
        const card = cards.find((item) => sameID(item.view.callID, data.callID) || item.is(data.callID));
        if (card) start(() => readCallback(card));
        readTasksSoon();
        if (isInCharge) readBoardSoon();
    },
    // The server lost some of what happened.
    refetch: () => readAllSoon(),
    operator: (data) => {
        line.applyOperator(data);
        if (data.operatorID === me.accountID) {
            renderLine();
            start(openCardOfOwnCall);
        } else {
            renderLineSoon();
        }
    },
}, {
    onOpen: () => {
        setLost(false);
        // The stream may have come back with the session of somebody else.
        start(checkWho);
        // Whose own network was away comes back alone.
        if (hasBeenOpen && !wasOffline) readAllSoon();
        else start(readAll);
        hasBeenOpen = true;
        wasOffline = false;
        start(readPlan);
        for (const card of cards) drafts.touch(card);
    },
    onLost: () => {
        setLost(true);
        // A refused stream may mean that the session is over, or another's; this asks.
        start(checkWho);
    },
    onSignedOut: () => signedOut(),
    onCrowded: () => toast("Открыто много окон рабочего места: закройте лишние, иначе сохранение будет ждать.", "bad"),
});

let wasOffline = false;
addEventListener("offline", () => {
    wasOffline = true;
    // Asked, not believed: a machine without a network may be the server itself.
    start(() => get("/api/me"));
});
addEventListener("online", () => start(compare));
document.addEventListener("visibilitychange", () => {
    if (document.hidden) return keepEverything();
    start(checkWho);
    if (bar.isLost) start(compare);
});

let isOthers = false;

/** A browser has one session for all its windows: in another one somebody else may have signed in. */
async function checkWho() {
    if (isOthers) return;
    const { accountID, displayName } = await get("/api/me");
    if (accountID === me.accountID || isOthers) return;
    isOthers = true;
    if (!cards.some((card) => card.hasUnsaved)) return location.reload();
    refuseCalls(`В этом браузере вошёл другой сотрудник: ${displayName}. От его имени ничего не сохраняется.`);
    byID("session-strip").textContent = `В этом браузере вошёл другой сотрудник: ${displayName}. Скопируйте несохранённое, `
        + "затем обновите страницу.";
    byID("session-strip").hidden = false;
    stream.leave();
    setLost(true);
}

actAs(me.accountID, () => start(checkWho));
// Windows side by side are all seen: whoever comes says so to the others.
const arrivals = new BroadcastChannel("line122.account");
arrivals.addEventListener("message", ({ data }) => { if (data !== me.accountID) start(checkWho); });
arrivals.postMessage(me.accountID);

// MARK: Buttons and keys

async function setState(state, breakReason) {
    ownChanges += 1;
    const view = await call("POST", "/api/state", { state, breakReason, telephone: chosenTelephone() });
    ownChanges += 1;
    line.applyOperator(view);
    renderLine();
}

function renderBreaks() {
    byID("break-menu").replaceChildren(...plan.breaks.map((reason) => element("button",
        {
            type: "button", role: "menuitem", "data-break": reason.code,
            click: () => {
                toggleMenu("break-menu", false);
                act("Перерыв", () => setState("break", reason.code));
            },
        }, `${reason.title}, до ${reason.limit} мин`)));
    // Opened before the reasons were known.
    if (!byID("break-menu").hidden) toggleMenu("break-menu", true);
}

/** «Готов» with something that is not saved asks first: the next caller comes with a card of its own. */
async function becomeReady() {
    const own = cardOfLastCall();
    const isOpen = (card) => !card.isLocked && (card.hasUnsaved || (card === own && card.isHalfFilled));
    const card = current && isOpen(current) ? current : cards.find(isOpen);
    if (!card) return setState("ready");
    const answer = await ask(`Карточка «${card.title}» не сохранена. Следующий звонок откроет другую.`,
        [["save", "Сохранить и готов"], ["leave", "Готов, дозаполню позже"], ["stay", "Не готов"]]);
    if (answer === "save") {
        if (card !== current) choose(card);
        if (!await save(card)) return;
    }
    if (answer === "save" || answer === "leave") await setState("ready");
}

/** Sends what drafts hold, and copies the rest; for a page that may go away at any moment. */
function keepEverything() {
    unsaved.write(cards);
    for (const card of cards) drafts.keep(card, { keepalive: true });
}

/** Whether the line could not be told: the next press leaves without it. */
let leavesAnyway = false;

async function leave() {
    await Promise.all(cards.map((card) => drafts.keep(card)));
    const left = cards.filter((card) => card.hasUnsaved);
    const isSpeaking = isOperator && ["talking", "holding"].includes(bar.own.state);
    const reasons = [
        isSpeaking ? "Идёт разговор: он останется без рабочего места." : null,
        left.length > 0 ? `Не сохранено: ${left.map((card) => `«${card.title}»`).join(", ")}.` : null,
    ].filter(Boolean);
    if (reasons.length > 0) {
        const answer = await ask(`${reasons.join(" ")} Выйти?`,
            [["stay", "Остаться"], ["leave", left.length > 0 ? "Выйти, не сохраняя" : "Выйти"]]);
        if (answer !== "leave") return;
    }
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
    // Computers are shared: nothing of a citizen stays behind.
    cards = [];
    unsaved.forget();
    stream.close();
    location.assign("/login");
}

const panes = ["board", "transfer", "booking", "forward"];

function showPane(name, { focus = true } = {}) {
    if (!seesLine) return;
    for (const pane of panes) {
        byID(`pane-${pane}`).hidden = pane !== name;
        byID(`tab-${pane}`).setAttribute("aria-selected", String(pane === name));
        byID(`tab-${pane}`).tabIndex = pane === name ? 0 : -1;
    }
    renderSpeech();
    if (name === "transfer") {
        transfers.render(callBar.mine);
        if (focus && callBar.mine) transfers.focus();
    } else if (name !== "board") {
        const pane = name === "booking" ? booking : forwarding;
        pane.render(current);
        if (focus && current) pane.focus();
    }
}

byID("button-ready").addEventListener("click", () => act("Готов", becomeReady));
for (const pane of panes) byID(`tab-${pane}`).addEventListener("click", (event) => {
    // An arrow that has reached the tab goes on from there; the pointer goes into the pane.
    showPane(pane, { focus: event.detail > 0 });
});
withArrows(byID("pane-tabs"), "[role=tab]", { chooses: true });
withArrows(byID("card-tabs"), "[role=tab]");
withArrows(byID("card-list"), "button");
keepFocus(() => {
    if (current) form.focusFirst();
    else byID("card-empty").focus();
});
byID("telephone-form").addEventListener("submit", (event) => {
    event.preventDefault();
    chooseTelephone(byID("telephone-input").value.trim());
    toggleMenu("telephone-form", false);
    // Whoever is on the line moves to the new telephone at once.
    if (["ready", "break", "away"].includes(bar.own.state)) {
        act("Смена телефона", () => setState(bar.own.state, bar.own.breakReason ?? undefined));
    }
});
byID("button-call-citizen").addEventListener("click", () => act("Звонок", callCitizen));
byID("button-new-card").addEventListener("click", () => act("Новая карточка", newCard));
byID("button-to-call").addEventListener("click", () => goToOwnCard());
byID("button-help").addEventListener("click", toggleHelp);
byID("button-own-card").addEventListener("click", () => goToOwnCard());
pressTwice(byID("button-leave"), "Точно выйти?", () => act("Выход", leave));
byID("toast").addEventListener("click", (event) => { event.currentTarget.hidden = true; });

/** F2: the waiting caller first, then a new card, then the end of the after-call work. */
function next() {
    if (bar.own.secondLine) callBar.take();
    else if (cards.some((card) => card.isUnseen)) goToOwnCard();
    else if (bar.own.state === "afterCall" && isOperator) act("Готов", finish);
    else goToOwnCard();
}

function goToOwnCard() {
    const appealID = cards.find((card) => card.isUnseen)?.id ?? cardOfOwnCall();
    if (appealID) start(() => open(appealID, { focus: true }));
}

/** What the keys of the table do. */
const doings = {
    F1: toggleHelp, F2: next, F4: () => callBar.toggleHold(), F6: () => showPane("transfer"), F7: () => showPane("forward"),
    F8: () => showPane("booking"), F9: () => callBar.emergency(), Enter: () => save(),
    KeyU: () => byID("button-ready").click(), KeyG: () => { if (!byID("button-break").disabled) toggleMenu("break-menu"); },
    KeyR: () => callBar.togglePhase(), KeyP: () => callBar.hangUp(), KeyY: () => byID("button-new-card").click(),
};

/** Escape closes the top layer only: a question, a menu, the note at the edge, then the pane at the right. */
function escape() {
    if (dismissQuestion() || closeMenus()) return;
    if (!byID("toast").hidden) byID("toast").hidden = true;
    else if (document.activeElement?.closest(".right")) form.focusFirst();
}

listenToKeys({ doings, escape, isOperator, seesLine });
document.addEventListener("keydown", () => { lastInput = performance.now(); });
document.addEventListener("pointerdown", () => { lastInput = performance.now(); });

addEventListener("beforeunload", (event) => {
    keepEverything();
    if (cards.some((card) => card.hasUnsaved)) event.preventDefault();
});
addEventListener("pagehide", keepEverything);

function signedOut() {
    if (cards.some((card) => card.hasUnsaved)) byID("session-strip").hidden = false;
    else location.assign("/login");
}
whenSignedOut(signedOut);

// MARK: Start

byID("state-buttons").hidden = !isOperator;
byID("calls").hidden = !isOperator;
byID("who-telephone").hidden = !isOperator;
showTelephone();
if (isInCharge) showPane("board");
byID("button-new-card").hidden = me.role === "organization";
byID("cards-title").textContent = isOperator ? "Мои карточки" : seesLine ? "Карточки" : "Переданы нам";
showKeys({ isOperator, seesLine });
choose(null);
setLost(true);
byID("connection").textContent = "Подключение…";
byID("own-state-word").textContent = "Подключение";
stream.open();
start(async () => {
    const restored = await unsaved.restore(mayChange);
    cards.push(...restored.filter((card) => !cards.some((other) => other.is(card.id))));
    if (restored.length > 0) choose(restored.at(-1), { focus: true });
});
if (seesLine) {
    start(() => booking.loadClinics());
    start(() => forwarding.loadOrganizations());
}
setInterval(() => {
    bar.tick();
    form.tick();
    if (isOperator) {
        callBar.tick();
        renderSpeech();
    }
    if (isInCharge) board.tick();
}, 1_000);
// Single attempts are no live events: who looks at an open callback asks for them.
setInterval(() => {
    if (current?.callback?.state === "open") start(() => readCallback(current));
    if (isInCharge && !byID("pane-board").hidden && board.hasOpenCallbacks) readBoardSoon();
}, 3_000);
if (isInCharge) {
    start(() => board.read());
    setInterval(() => start(() => board.read()), 60_000);
}

/** Compares with the server: an event may have been missed, the session may be over, the stream may be gone. */
async function compare() {
    await (seesLine ? readLine() : readAppeals());
    if (seesLine) await Promise.all([readMessages(), readTasks(), readPlan()]);
    byID("session-strip").hidden = true;
    // The server answers, so a stream that is not open waits for nothing.
    if (!stream.isOpen) stream.retry();
    else setLost(false);
}
setInterval(() => start(compare), comparePause);
