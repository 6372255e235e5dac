// Handing a caller over: to whom, what is said aloud first, and what follows (T-10, X-05).
import { byID, fillSelect, showMessage } from "./dom.js";
import { phrases } from "./speech.js";

const presence = {
    ready: "готов", ringing: "звонит", talking: "говорит", holding: "говорит", afterCall: "заполняет карточку",
    break: "перерыв", away: "не отвечает",
};
const transferWords = {
    ringing: "вызываем, абонент слышит музыку", consulting: "говорит с вами, абонент на удержании",
    parked: "ждёт вас, вы говорите с абонентом", conference: "вы говорите втроём", joined: "соединён с абонентом",
};

export class TransferPane {
    #directory = { operators: [], organizations: [] };
    #topics = [];
    #call;
    #message = null;
    #isSending = false;
    #actions;
    #line;
    #accountID;

    /**
     * @param order sends an order for a call and resolves when it is done
     * @param keep keeps what is typed in the card of the call, so that the receiver reads it
     * @param onChange called when the phrase to be said may have changed
     */
    constructor(line, accountID, { order, keep, onChange }) {
        this.#line = line;
        this.#accountID = accountID;
        this.#actions = { order, keep, onChange };
        for (const id of ["transfer-target", "transfer-number", "transfer-name"]) {
            byID(id).addEventListener("input", () => {
                this.#message = null;
                this.#renderChoice();
                onChange();
            });
        }
        byID("transfer-consult").addEventListener("click", () => this.#send("consult"));
        byID("transfer-blind").addEventListener("click", () => this.#send("blind"));
        for (const [id, action] of [
            ["transfer-complete", "completeTransfer"], ["transfer-cancel", "cancelTransfer"], ["transfer-conference", "conference"],
        ]) byID(id).addEventListener("click", () => this.#run({ action }));
    }

    set directory(directory) {
        this.#directory = directory;
        this.render(this.#call);
    }

    set plan(plan) {
        this.#topics = plan.queues.filter((queue) => queue.topic);
        this.render(this.#call);
    }

    /** Nobody was free at the last try: the phrase for it is to be said. */
    get isBusy() { return this.#message?.errorID === "nobody-free"; }

    /** {organization, position, name, target, title}, or undefined while nobody is chosen. */
    get receiver() {
        const [kind, id] = split(byID("transfer-target").value);
        switch (kind) {
        case "operator": {
            const person = this.#directory.operators.find((item) => item.operatorID === id);
            if (!person) return undefined;
            const organization = person.department || "линия 122";
            return {
                organization, position: person.position, name: person.displayName, target: { operator: id },
                title: [organization, person.displayName, person.position].filter(Boolean).join(", "),
            };
        }
        case "topic": {
            const topic = this.#topics.find((item) => item.topic === id);
            return topic && { organization: topic.title, target: { topic: id }, title: topic.title };
        }
        case "clinic": {
            const clinic = this.#directory.organizations.find((item) => item.organizationID === id);
            return clinic && { organization: clinic.name, target: { number: clinic.telephone }, title: clinic.name };
        }
        case "number": {
            const number = byID("transfer-number").value.replace(/[\s()\-]/g, "");
            const name = byID("transfer-name").value.trim();
            return /^\+?\d{2,15}$/.test(number) && name
                ? { organization: name, target: { number }, title: name } : undefined;
        }
        default: return undefined;
        }
    }

    focus() { byID("transfer-target").focus(); }

    /** @param call the own call, or undefined */
    render(call) {
        if (call?.callID !== this.#call?.callID) this.#message = null;
        // A transfer that is over, given up or done, is no choice for the next one.
        if (this.#call?.transfer && !call?.transfer) byID("transfer-target").value = "";
        this.#call = call;
        const { transfer } = call ?? {};
        const isOpen = call?.state === "talking" || call?.state === "held";
        byID("transfer-empty").hidden = isOpen;
        byID("transfer-steps").hidden = !isOpen || Boolean(transfer);
        byID("transfer-going").hidden = !isOpen || !transfer;
        showMessage(byID("transfer-message"), this.#message?.text, "bad");
        byID("transfer-going").dataset.transfer = transfer?.state ?? "none";
        if (transfer) {
            byID("transfer-title").textContent = transfer.title;
            byID("transfer-state").textContent = transferWords[transfer.state] ?? transfer.state;
            byID("transfer-conference").disabled = transfer.state !== "consulting" && transfer.state !== "parked";
        }
        this.#renderTargets();
        this.#renderChoice();
    }

    #renderTargets() {
        const stateOf = (id) => presence[this.#line.operators.get(id)?.state] ?? "не на линии";
        const others = this.#directory.operators.filter((person) => person.operatorID !== this.#accountID);
        // The first level has many and is seldom asked: only those who are there.
        const shown = others.filter((person) => !person.isFirstLevel || this.#line.operators.has(person.operatorID));
        fillSelect(byID("transfer-target"), "Кому перевести", [
            ...shown.map((person) => [`operator:${person.operatorID}`,
                `${person.isFirstLevel ? "1" : "2"}-й уровень · ${person.displayName} · ${stateOf(person.operatorID)}`]),
            ...this.#topics.map((topic) => [`topic:${topic.topic}`, `Тема · ${topic.title}`]),
            ...this.#directory.organizations.map((item) => [`clinic:${item.organizationID}`, `МО · ${item.name}`]),
            ["number:", "Другой номер"],
        ]);
    }

    #renderChoice() {
        const [kind] = split(byID("transfer-target").value);
        byID("transfer-other").hidden = kind !== "number";
        const { receiver } = this;
        byID("transfer-phrase").hidden = !receiver;
        byID("transfer-phrase").textContent = receiver
            ? `«${this.isBusy ? phrases.busy() : phrases.transfer({ receiver })}»` : "";
        for (const id of ["transfer-consult", "transfer-blind"]) byID(id).disabled = !receiver || this.#isSending;
        showMessage(byID("transfer-message"), this.#message?.text, "bad");
    }

    async #send(kind) {
        const { receiver } = this;
        if (!receiver || this.#isSending) return;
        await this.#run({ action: "transfer", kind, to: receiver.target, title: receiver.title }, this.#actions.keep);
    }

    async #run(order, before = async () => {}) {
        if (!this.#call) return;
        const { callID } = this.#call;
        this.#isSending = true;
        this.#message = null;
        this.#renderChoice();
        try {
            await before();
            await this.#actions.order(callID, order);
        } catch (error) {
            this.#message = { text: error.message, errorID: error.errorID };
        }
        this.#isSending = false;
        this.render(this.#call);
        this.#actions.onChange();
    }
}

/** `operator:level2` as ["operator", "level2"]. */
function split(value) {
    const place = value.indexOf(":");
    return place < 0 ? ["", ""] : [value.slice(0, place), value.slice(place + 1)];
}
