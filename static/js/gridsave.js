// Lines of the grid on their way to the server: one request at a time, each line with the version it was written over. What is not sent yet
// stays in this browser and is tried again; signing out clears it with the other drafts.
import { send } from "./ask.js";
import { showTrouble } from "./trouble.js";
import { word } from "./words.js";

const PAUSE = 700;
const AGAIN = 4000;
const LISTEN = 10_000;
const SENT = ["key", "seen", "position", "room", "component", "component_text", "fault", "urgency"];

export class Saver {
  /** `read(row)` gives the values of a line, `apply(answer)` puts an answer into the page. */
  constructor(form, { read, apply }) {
    Object.assign(this, { form, read, apply, dirty: new Set(), timer: 0, busy: null, stamp: form.dataset.stamp, headDirty: false, lost: false });
    this.shelf = `draft:${document.documentElement.dataset.user}:handover:${form.dataset.unit}`;
    this.chip = document.querySelector("[data-grid-state]");
    addEventListener("online", () => this.flush());
    document.addEventListener("session:back", () => this.flush());
    setInterval(() => this.listen(), LISTEN);
  }

  /** What an earlier visit could not send. */
  kept() {
    try {
      return JSON.parse(localStorage.getItem(this.shelf)) ?? [];
    } catch {
      return [];
    }
  }

  touch(row) {
    if (row) this.dirty.add(row);
    else this.headDirty = true;
    this.keep();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), PAUSE);
  }

  keep() {
    const waiting = [...this.dirty].map(this.read);
    if (waiting.length) localStorage.setItem(this.shelf, JSON.stringify(waiting));
    else localStorage.removeItem(this.shelf);
  }

  /** Send what waits; resolves to true when nothing is left unsent. */
  async flush() {
    clearTimeout(this.timer);
    while (this.busy) await this.busy;
    if (!this.dirty.size && !this.headDirty) return true;
    this.busy = this.post();
    const fine = await this.busy;
    this.busy = null;
    if (!fine && !this.refused) this.timer = setTimeout(() => this.flush(), AGAIN);
    return fine && (!this.dirty.size || this.flush());
  }

  /** Do what changes the same sheet otherwise, after everything written has been sent and with nothing sent beside it. */
  async alone(work) {
    await this.flush();
    while (this.busy) await this.busy;
    const done = work();
    this.busy = done.catch(() => false);
    try {
      return await done;
    } finally {
      this.busy = null;
    }
  }

  async post() {
    const sent = new Map([...this.dirty].map((row) => [row, this.read(row)]));
    const fields = this.head();
    for (const line of sent.values()) {
      for (const name of SENT) fields.append(name, line[name]);
      if (line.gone) fields.append("gone", line.key);
    }
    this.refused = false;
    this.headDirty = false;
    try {
      const answer = await (await send(this.form.dataset.grid, fields)).json();
      for (const [row, line] of sent) if (JSON.stringify(this.read(row)) === JSON.stringify(line)) this.dirty.delete(row);
      this.heard(answer);
      return true;
    } catch (trouble) {
      this.failed(trouble);
      return false;
    }
  }

  head() {
    const fields = new FormData();
    for (const name of ["person", "reporter_name", "relation", "phone", "handed_over_on"]) {
      const field = this.form.elements.namedItem(name);
      if (field) fields.append(name, field.value);
    }
    fields.append("since", this.stamp);
    return fields;
  }

  /** Answers may overtake one another: an older one brings its lines, but no sum of the sheet. */
  heard(answer) {
    const newest = answer.stamp >= this.stamp;
    if (newest) this.stamp = answer.stamp;
    this.lost = false;
    this.apply(answer, newest);
    this.keep();
    this.say(word("draftSaved", answer.at), false);
  }

  failed(trouble) {
    // A refusal will be the same again: it is said, and waits for the person. Everything else is tried again.
    this.refused = [403, 404, 409, 422].includes(trouble.status);
    if (this.refused) showTrouble(trouble);
    this.lost = true;
    this.headDirty ||= !this.refused;
    this.keep();
    this.say(word("gridUnsent", this.dirty.size), true);
  }

  say(text, late) {
    if (!this.chip || this.chip.textContent === text) return;
    this.chip.textContent = text;
    this.chip.classList.toggle("chip--soon", late);
  }

  /** What colleagues wrote on the same sheet meanwhile. */
  async listen() {
    if (document.hidden || this.busy || this.dirty.size || this.lost) return;
    try {
      const answer = await fetch(`${this.form.dataset.grid}?since=${encodeURIComponent(this.stamp)}`, { headers: { "HX-Request": "true" } });
      if (!answer.ok || this.busy || this.dirty.size) return;
      const news = await answer.json();
      this.stamp = news.stamp;
      if (news.others.length) this.apply(news, true);
    } catch {
      /* no connection: the next round asks again */
    }
  }
}
