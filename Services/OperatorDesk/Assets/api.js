// Talking to the desk. Every failure becomes an ApiError whose message is Russian and says what to do.
import { clean } from "./text.js";

export class ApiError extends Error {
    constructor(message, errorID, status, field = null) {
        super(message);
        this.errorID = errorID;
        /** The HTTP status; 0 when there was no answer, and so nobody knows whether it was done. */
        this.status = status;
        /** The member of what was sent that is wrong, as a path: `card.essence`; null when it is none or unknown. */
        this.field = field;
    }
}

// Seconds matter on this screen and the clocks of workstations are wrong: the server's clock is taken. `Date` has
// whole seconds, so that a difference of up to two is no difference.
let clockOffset = 0;

/** Milliseconds since 1970 by the server's clock. */
export const now = () => Date.now() + clockOffset;

function takeClock(response) {
    const theirs = Date.parse(response.headers.get("Date") ?? "");
    if (Number.isNaN(theirs)) return;
    const difference = theirs + 500 - Date.now();
    clockOffset = Math.abs(difference) > 2_000 ? difference : 0;
}

let onSignedOut = () => location.assign("/login");

/** What to do when the session is over; the default leaves the page. */
export function whenSignedOut(action) { onSignedOut = action; }

let ownHeaders = {};
let onOtherAccount = () => {};

/**
 * Says with each request whose page this is: the server does nothing for it in the name of somebody else.
 * @param onOther called when somebody else has signed in in this browser
 */
export function actAs(accountID, onOther) {
    ownHeaders = { "Line122-Account": encodeURIComponent(accountID) };
    onOtherAccount = onOther;
}

let refusal = null;

/** Refuses everything further with these words: nothing may be done in somebody else's name. */
export function refuseCalls(words) { refusal = words; }

/** What was pasted may hold signs that nobody sees and no service takes. */
const withoutUnseen = (_, value) => typeof value === "string" ? clean(value) : value;

/**
 * @param options `keepalive`: the request goes out even though the page goes away
 * @throws {ApiError}
 */
export async function call(method, path, body, headers = {}, { keepalive = false } = {}) {
    if (refusal) throw new ApiError(refusal, "other-account", 403);
    let response;
    try {
        response = await fetch(path, {
            method,
            headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...ownHeaders, ...headers },
            body: body === undefined ? undefined : JSON.stringify(body, withoutUnseen),
            keepalive,
            signal: AbortSignal.timeout(30_000),
            cache: "no-store",
        });
    } catch {
        throw new ApiError("Нет связи с сервером. Проверьте сеть и повторите.", "no-connection", 0);
    }
    takeClock(response);
    if (response.status === 401) onSignedOut();
    const text = await response.text().catch(() => "");
    let answer;
    try {
        answer = text === "" ? undefined : JSON.parse(text);
    } catch {
        answer = undefined;
    }
    if (!response.ok) {
        if (answer?.errorID === "other-account") onOtherAccount();
        const words = response.status === 401
            ? "Сеанс закончился. Войдите снова." : `Сервер ответил ошибкой ${response.status}. Повторите чуть позже.`;
        throw new ApiError(answer?.message ?? words, answer?.errorID ?? "failed", response.status, answer?.field ?? null);
    }
    return answer;
}

export const get = (path) => call("GET", path);

/** A path with its query; nothing is left unescaped. */
export const withQuery = (path, query) => `${path}?${new URLSearchParams(query)}`;

/**
 * The key of one wish. The same wish sent again because the answer was lost has the same key, so that it is done
 * once; after an answer, or for another wish, the key is new.
 */
export class WishKey {
    #wish = null;
    #key = null;

    for(wish) {
        const text = JSON.stringify(wish);
        if (text !== this.#wish) {
            this.#wish = text;
            this.#key = newID();
        }
        return this.#key;
    }

    answered() {
        this.#wish = null;
    }
}

/** A random UUID, also on pages without TLS, where `crypto.randomUUID` does not exist. */
export function newID() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Ids come in capitals from one side and in small letters from another: they are compared in small ones. */
export const sameID = (left, right) =>
    Boolean(left) && Boolean(right) && left.toLowerCase() === right.toLowerCase();
