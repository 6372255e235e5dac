// What somebody has to do about a card: calls that nobody answered, low marks, visits that are not cancelled yet.
import { byID, element, showMessage } from "./dom.js";
import * as format from "./format.js";
import { newID, call, now, sameID } from "./api.js";

const titles = { callCitizen: "Дозвониться", lowMark: "Низкая оценка", cancelVisit: "Отменить запись в МИС" };

export class TaskList {
    #tasks = [];
    #open;

    /** @param open called with the id of the card of a task */
    constructor({ open }) {
        this.#open = open;
    }

    show(tasks) {
        this.#tasks = tasks;
        this.#render();
    }

    #render() {
        byID("section-tasks").hidden = this.#tasks.length === 0;
        byID("task-count").textContent = String(this.#tasks.length);
        byID("task-list").replaceChildren(...this.#tasks.map((task) => element("li", { "data-task": task.taskID },
            element("button", { type: "button", class: "plain", click: () => this.#open(task.appealID) },
                titles[task.kind] ?? task.kind),
            element("button", { type: "button", "data-done": task.taskID, click: (event) => this.#finish(task, event.target) },
                "Готово"),
            element("span", { class: "sub" },
                `${task.number ? `№ ${task.number.slice(-6)} · ` : ""}${format.moment(task.openedAt, now())}`),
            element("p", { class: "message", role: "alert", hidden: true }))));
    }

    async #finish(task, button) {
        button.disabled = true;
        try {
            await call("POST", `/api/tasks/${encodeURIComponent(task.taskID)}/done`, {}, { "Idempotency-Key": newID() });
            this.show(this.#tasks.filter((other) => !sameID(other.taskID, task.taskID)));
        } catch (error) {
            button.disabled = false;
            showMessage(button.closest("li").querySelector(".message"), error.message, "bad");
        }
    }
}
