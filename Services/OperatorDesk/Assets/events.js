// The stream of events. It says when it is lost, comes back by itself, and then tells that everything is to be read
// again: what happened meanwhile is not repeated.

/** The server sends a `beat` each 15 s at least; without one for so long, in milliseconds, nothing arrives any more. */
export const silence = 20_000;
/** What a server that beats is given to answer after a loss, in milliseconds, before the next try. */
const pauses = { first: 1_000, last: 10_000 };

export class EventStream {
    #source = null;
    #retry = null;
    #watch = null;
    #pause = pauses.first;
    #names;
    #onEvent;
    #onOpen;
    #onLost;

    /**
     * @param names of the events that are wanted
     * @param onEvent called with the name of an event and its data
     * @param onOpen called when the stream is there, or there again
     * @param onLost called when nothing arrives any more
     */
    constructor(names, { onEvent, onOpen, onLost }) {
        this.#names = names;
        this.#onEvent = onEvent;
        this.#onOpen = onOpen;
        this.#onLost = onLost;
    }

    get isOpen() { return this.#source?.readyState === EventSource.OPEN; }

    open() {
        this.close();
        const source = new EventSource("/api/events");
        this.#source = source;
        source.addEventListener("open", () => {
            this.#pause = pauses.first;
            this.#onOpen();
        });
        source.addEventListener("error", () => {
            if (this.#source !== source) return;
            clearTimeout(this.#watch);
            this.#onLost();
            // After an answer that is no stream the browser does not try again by itself.
            if (source.readyState === EventSource.CLOSED) this.#openLater();
        });
        // A proxy or a network that swallows everything closes nothing: only the missing beat tells.
        source.addEventListener("beat", () => {
            clearTimeout(this.#watch);
            this.#watch = setTimeout(() => {
                this.#onLost();
                this.open();
            }, silence);
            this.#onEvent("beat", {});
        });
        for (const name of this.#names) {
            source.addEventListener(name, (event) => {
                let data;
                try {
                    data = JSON.parse(event.data);
                } catch {
                    console.error(`An event «${name}» is no JSON.`);
                    return;
                }
                this.#onEvent(name, data);
            });
        }
    }

    close() {
        clearTimeout(this.#retry);
        clearTimeout(this.#watch);
        this.#source?.close();
        this.#source = null;
    }

    #openLater() {
        clearTimeout(this.#retry);
        // Hundreds of workplaces lose a server in the same moment: they do not all come back in the same one.
        this.#retry = setTimeout(() => this.open(), this.#pause * (0.5 + Math.random()));
        this.#pause = Math.min(this.#pause * 2, pauses.last);
    }
}
