// <div class="combo"><input class="input" role="combobox" aria-controls=LIST data-combobox="/url/?q=" [data-value=HIDDEN-ID] [data-kind=HIDDEN-ID] [data-free] [data-post]>
// <input type="hidden" id=HIDDEN-ID name=…><ul class="options" id=LIST role="listbox" hidden></ul></div>
// The server answers <li role="option" data-value data-label>. An empty data-combobox filters the options that stand in the list.
import { answer, fragment } from "./ask.js";
import { bind } from "./bind.js";
import { next } from "./fields.js";
import { composing } from "./keys.js";
import { Listbox } from "./listbox.js";

const PAUSE = 120;

class Combobox {
  constructor(input) {
    this.input = input;
    this.box = new Listbox(input, document.getElementById(input.getAttribute("aria-controls")));
    this.value = document.getElementById(input.dataset.value ?? "");
    this.kind = document.getElementById(input.dataset.kind ?? "");
    this.timer = 0;
    this.asked = null;
    this.stale = false; // typed since the list was answered
    this.waiting = false; // Enter was pressed before the answer
    input.setAttribute("autocomplete", "off");
    input.setAttribute("aria-autocomplete", "list");
    this.listen();
  }

  listen() {
    const { input, box } = this;
    input.addEventListener("input", () => this.typed());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.left());
    input.addEventListener("focus", () => input.hasAttribute("aria-invalid") && box.options.length && this.show(true));
    input.addEventListener("click", () => (box.options.length ? this.show(true) : this.ask()));
    box.list.addEventListener("pointerdown", (event) => event.preventDefault());
    box.list.addEventListener("click", (event) => {
      const option = event.target.closest('[role="option"]');
      if (option && option.getAttribute("aria-disabled") !== "true") this.choose(option);
    });
  }

  show(on) {
    this.box.list.hidden = !on;
    this.input.setAttribute("aria-expanded", String(on));
    if (!on) this.box.point(null);
  }

  left() {
    this.waiting = false;
    this.show(false);
  }

  typed() {
    this.stale = true;
    this.waiting = false;
    if (this.value?.value) this.set("", null);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PAUSE);
  }

  async ask() {
    const text = this.input.value.trim();
    clearTimeout(this.timer);
    this.asked?.abort();
    if (!this.input.dataset.combobox) return this.filter(text);
    if (text.length < Number(this.input.dataset.min ?? 1)) return this.show(false);
    this.asked = new AbortController();
    try {
      this.box.fill(await this.look(text, { signal: this.asked.signal }));
      this.stale = false;
      if (document.activeElement === this.input) this.show(this.box.list.childElementCount > 0);
      this.answered();
    } catch (error) {
      /* given up for a newer question, or no connection: the old answer stays, and the server reads what was typed */
      if (error.name !== "AbortError" && this.waiting) this.onward();
    }
  }

  // A telephone number may be typed where places are looked for: it travels in the body, never in an address.
  look(text, options) {
    const url = this.input.dataset.combobox;
    return "post" in this.input.dataset ? answer(url, { q: text }, options) : fragment(url + encodeURIComponent(text), options);
  }

  filter(text) {
    const sought = text.toLowerCase();
    for (const option of this.box.list.querySelectorAll('[role="option"]'))
      option.hidden = !`${option.textContent} ${option.dataset.search ?? ""}`.toLowerCase().includes(sought);
    this.box.point(this.box.options[0]);
    this.show(this.box.options.length > 0);
  }

  // Enter came before the answer, as from fast fingers: now it takes the first option, unless that is only near.
  answered() {
    if (!this.waiting) return;
    this.waiting = false;
    if (this.box.active) this.choose(this.box.active);
    if (!this.box.guess && !("stay" in this.input.dataset)) this.onward();
  }

  onward() {
    this.waiting = false;
    next(this.input);
  }

  choose(option) {
    this.input.value = option.dataset.label ?? option.textContent.trim();
    this.stale = false;
    this.show(false);
    this.set(option.dataset.value ?? "", option);
  }

  set(value, option) {
    if (this.value) this.value.value = value;
    if (this.kind) this.kind.value = option?.dataset.kind ?? "";
    const target = this.value ?? this.input;
    target.dispatchEvent(new CustomEvent("repairdesk:chosen", { bubbles: true, detail: option ? { ...option.dataset } : {} }));
    target.dispatchEvent(new Event("change", { bubbles: true }));
  }

  key(event) {
    if (composing(event)) return;
    const expanded = !this.box.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      expanded ? this.box.move(event.key === "ArrowDown" ? 1 : -1) : this.ask();
    } else if (expanded && event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.show(false);
    } else if (event.key === "Enter" && !event.ctrlKey && this.unanswered) {
      event.preventDefault();
      this.waiting = true;
      this.ask();
    } else if (expanded && this.box.active && ["Enter", "Tab"].includes(event.key) && !event.ctrlKey) {
      this.choose(this.box.active);
      if (event.key === "Enter" && "stay" in this.input.dataset) event.preventDefault();
    } else if (expanded && this.box.guess && event.key === "Enter" && !event.ctrlKey) event.preventDefault();
  }

  get unanswered() {
    const { combobox, min } = this.input.dataset;
    return this.stale && Boolean(combobox) && this.input.value.trim().length >= Number(min ?? 1);
  }
}

bind("input[data-combobox]", (input) => new Combobox(input));
