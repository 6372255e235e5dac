// Which card belongs to the call of this operator. Values, no page.
import { sameID } from "./api.js";

export class OwnCall {
    /** The cards of calls, as far as they were heard of or asked for: callbacks and transfers go on with a card. */
    #cards = new Map();
    /** The own call whose card was opened, so that a card that was put away stays away. */
    #openedFor = null;
    /** The card of the call before, which is filled after it. */
    #last = null;

    /** A call goes on with this card; nothing is opened by it. */
    belongs(callID, appealID) { this.#cards.set(callID.toLowerCase(), appealID); }

    /** The card of the own call has been opened, or is about to be. */
    opened(callID, appealID) {
        this.belongs(callID, appealID);
        this.#openedFor = callID;
        this.#last = appealID;
    }

    isOpenedFor(callID) { return sameID(this.#openedFor, callID); }

    /** The id of the card of a call; null while none is known. */
    cardOf(call, cards, summaries) {
        if (!call) return null;
        return this.#cards.get(call.callID.toLowerCase()) ?? cards.find((card) => sameID(card.view.callID, call.callID))?.id
            ?? summaries.find((summary) => sameID(summary.callID, call.callID))?.appealID ?? null;
    }

    /** The id of the card that is filled during the call and after it; null without any. */
    cardToFill(call, cards, summaries) { return this.cardOf(call, cards, summaries) ?? this.#last; }
}
