// The line as this page knows it: calls that are not over, operators that are not offline. Values, no page.

const endedIsRemembered = 60_000;

export class Line {
    calls = new Map();
    operators = new Map();
    // A snapshot may have been taken before an end that is known here already.
    #ended = new Map();

    /** Takes the answer of `GET /api/line`. */
    replace(answer, now) {
        for (const [id, at] of this.#ended) if (now - at > endedIsRemembered) this.#ended.delete(id);
        this.calls = new Map(answer.calls
            .filter((call) => call.state !== "ended" && !this.#ended.has(call.callID.toLowerCase()))
            .map((call) => [call.callID.toLowerCase(), call]));
        this.operators = new Map(answer.operators.map((operator) => [operator.operatorID, operator]));
    }

    /** Takes a `call` event. */
    applyCall(call, now) {
        const id = call.callID.toLowerCase();
        if (call.state === "ended") {
            this.#ended.set(id, now);
            this.calls.delete(id);
        } else if (!this.#ended.has(id)) {
            const known = this.calls.get(id);
            // Events of different queues may overtake each other: an answered call does not wait again.
            if (known?.state === "talking" && call.state === "waiting") return;
            // The call of somebody else comes without its number; what is known of an own one stays.
            this.calls.set(id, { caller: "hidden", ...known, ...call });
        }
    }

    /** Takes an OperatorView. */
    applyOperator(operator) {
        if (operator.state === "offline") this.operators.delete(operator.operatorID);
        else this.operators.set(operator.operatorID, operator);
        // The lines in hand are newer than what the list of the line knows of them.
        for (const line of operator.lines ?? []) {
            const id = line.callID.toLowerCase();
            if (this.calls.has(id)) this.calls.set(id, { ...this.calls.get(id), ...line });
        }
    }

    /** Takes a CallView: the answer to an order for an own call. */
    applyView(view) {
        for (const operator of this.operators.values()) {
            operator.lines = (operator.lines ?? []).map((line) =>
                line.callID.toLowerCase() === view.callID.toLowerCase() ? view : line);
        }
        const id = view.callID.toLowerCase();
        if (this.calls.has(id)) this.calls.set(id, view);
    }

    call(callID) { return callID ? this.calls.get(callID.toLowerCase()) : undefined; }

    /** Longest wait first. */
    get waiting() {
        return this.#sorted((call) => call.state === "waiting" || call.state === "ringing", (call) => call.receivedAt);
    }

    /** Newest conversation first. */
    get talking() {
        return this.#sorted((call) => call.state === "talking" || call.state === "held", (call) => call.answeredAt ?? call.receivedAt).reverse();
    }

    callOf(operatorID) { return this.talking.find((call) => call.operatorID === operatorID); }

    get readyCount() { return [...this.operators.values()].filter((operator) => operator.state === "ready").length; }

    #sorted(isWanted, moment) {
        return [...this.calls.values()].filter(isWanted).sort((left, right) =>
            Date.parse(moment(left)) - Date.parse(moment(right)));
    }
}
