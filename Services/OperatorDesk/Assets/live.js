// One stream of events for all windows of a person in this browser: a browser opens six connections to a server, and
// each stream keeps one. The window that holds a lock has the stream and hands everything on; when it goes, another
// one gets the lock.
import { EventStream, silence } from "./events.js";

/** How much later than the stream a window that only listens gives up, in milliseconds. */
const slack = 3_000;
/** Windows with a stream each that leave a browser some connections for everything else. */
const windowsAtMost = 4;
const takesOver = Symbol("takes over");

export class LiveStream {
    #name;
    #handlers;
    #actions;
    #stream;
    #channel = null;
    #isOpen = false;
    #isLeader = false;
    #isClosed = false;
    #release = null;
    /** Ends the waiting for the lock. */
    #waiting = null;
    #watch = null;
    #neighbours = 0;

    /**
     * @param accountID only windows of the same person share
     * @param handlers functions of the data, by the name of the event
     * @param onOpen called when events arrive, or arrive again: what happened meanwhile is to be read
     * @param onLost called when nothing arrives any more
     * @param onSignedOut called when another window has ended the session
     * @param onCrowded called when this browser cannot share a stream and has too many windows
     */
    constructor(accountID, handlers, actions) {
        this.#name = `line122.events.${accountID}`;
        this.#handlers = handlers;
        this.#actions = actions;
        this.#stream = new EventStream(Object.keys(handlers), {
            onEvent: (name, data) => {
                this.#post({ kind: "event", name, data });
                this.#handlers[name]?.(data);
            },
            onOpen: () => {
                this.#post({ kind: "open" });
                this.#opened();
            },
            onLost: () => {
                this.#post({ kind: "lost" });
                this.#lost();
            },
        });
    }

    get isOpen() { return this.#isOpen; }

    open() {
        this.#channel = new BroadcastChannel(this.#name);
        this.#channel.addEventListener("message", ({ data }) => this.#take(data));
        this.#post({ kind: "hello" });
        // Locks are there on secure pages only; elsewhere every window has a stream of its own.
        if (navigator.locks) this.#queue();
        else this.#lead();
    }

    /** Tries now what would be tried later: the network may be there again. */
    retry() {
        if (this.#isLeader) this.#stream.open();
        else this.#post({ kind: "retry" });
    }

    /** Ends it; the other windows learn that the session is over. */
    close() {
        this.#post({ kind: "signed-out" });
        this.leave();
    }

    /** Ends it in this window alone. */
    leave() {
        this.#isClosed = true;
        this.#channel?.close();
        this.#channel = null;
        clearTimeout(this.#watch);
        this.#stream.close();
        this.#release?.();
    }

    #post(message) { this.#channel?.postMessage(message); }

    /** Waits for the lock and leads while it is held. */
    #queue() {
        this.#waiting = new AbortController();
        this.#hold({ signal: this.#waiting.signal });
    }

    /** Takes the lock from a window of which nothing is heard. */
    #takeOver() {
        this.#waiting.abort(takesOver);
        this.#hold({ steal: true });
    }

    #hold(options) {
        navigator.locks.request(this.#name, options, () => new Promise((resolve) => {
            this.#release = resolve;
            this.#lead();
        })).catch((error) => {
            if (error === takesOver) return;
            if (error.name !== "AbortError") throw error;
            // Another window has taken over because nothing came from this one.
            this.#isLeader = false;
            this.#stream.close();
            if (!this.#isClosed) this.#queue();
        });
    }

    #lead() {
        if (this.#isClosed) return;
        this.#isLeader = true;
        clearTimeout(this.#watch);
        this.#stream.open();
    }

    #opened() {
        this.#isOpen = true;
        this.#actions.onOpen();
    }

    #lost() {
        this.#isOpen = false;
        this.#actions.onLost();
    }

    /** What another window says. */
    #take(message) {
        switch (message.kind) {
        case "hello":
            this.#post({ kind: "here", isOpen: this.#isOpen && this.#isLeader });
            break;
        case "here":
            this.#neighbours += 1;
            if (!navigator.locks && this.#neighbours === windowsAtMost) this.#actions.onCrowded();
            if (message.isOpen && !this.#isLeader && !this.#isOpen) this.#opened();
            break;
        case "retry":
            if (this.#isLeader) this.#stream.open();
            break;
        case "signed-out":
            this.#actions.onSignedOut();
            break;
        default:
            // Without locks each window hears for itself.
            if (!this.#isLeader) this.#follow(message);
        }
    }

    #follow(message) {
        if (message.kind === "open") {
            this.#opened();
        } else if (message.kind === "lost") {
            clearTimeout(this.#watch);
            this.#lost();
        } else if (message.name === "beat") {
            clearTimeout(this.#watch);
            // The window that leads may be frozen or stuck.
            this.#watch = setTimeout(() => {
                this.#lost();
                this.#takeOver();
            }, silence + slack);
        } else {
            this.#handlers[message.name]?.(message.data);
        }
    }
}
