// The stream of events. It says when it is lost, comes back by itself, and then tells that everything is to be read
// again: what happened meanwhile is not repeated.

export class EventStream {
    #source = null;
    #retry = null;
    #pause = 1_000;
    #wasOpen = false;
    #handlers;
    #onOpen;
    #onLost;

    /**
     * @param handlers functions of the data, by the name of the event
     * @param onOpen called with true when the stream came back after a loss
     * @param onLost called when nothing arrives any more
     */
    constructor(handlers, { onOpen, onLost }) {
        this.#handlers = handlers;
        this.#onOpen = onOpen;
        this.#onLost = onLost;
    }

    get isOpen() { return this.#source?.readyState === EventSource.OPEN; }

    open() {
        clearTimeout(this.#retry);
        this.#source?.close();
        const source = new EventSource("/api/events");
        this.#source = source;
        source.addEventListener("open", () => {
            const isReturn = this.#wasOpen;
            this.#wasOpen = true;
            this.#pause = 1_000;
            this.#onOpen(isReturn);
        });
        source.addEventListener("error", () => {
            if (this.#source !== source) return;
            this.#onLost();
            // After an answer that is no stream the browser does not try again by itself.
            if (source.readyState === EventSource.CLOSED) this.#openLater();
        });
        for (const [name, handler] of Object.entries(this.#handlers)) {
            source.addEventListener(name, (event) => {
                let data;
                try {
                    data = JSON.parse(event.data);
                } catch {
                    console.error(`An event «${name}» is no JSON.`);
                    return;
                }
                handler(data);
            });
        }
    }

    close() {
        clearTimeout(this.#retry);
        this.#source?.close();
        this.#source = null;
    }

    #openLater() {
        clearTimeout(this.#retry);
        this.#retry = setTimeout(() => this.open(), this.#pause);
        this.#pause = Math.min(this.#pause * 2, 10_000);
    }
}
