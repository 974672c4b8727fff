// <form data-scan><input …>: a scanner types through the Chinese input method; its digits are read from event.code, Enter sends.
// An answer with data-scan-result="done" or "refused" beeps high or low, and the line is ready for the next. An answer that asks
// carries a button [data-scan-confirm]: Enter on the empty line presses it.
import { bind } from "./bind.js";
import { beep } from "./sound.js";

const GAP = 300;

class Line {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector("input:not([type=hidden])");
    this.clear();
    this.input.addEventListener("keydown", (event) => this.key(event), true);
    this.input.addEventListener("input", (event) => this.tidy(event));
    this.input.focus();
  }

  clear() {
    this.digits = "";
    this.at = 0;
    this.pure = true;
  }

  key(event) {
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
    if (event.code === "Enter" || event.code === "NumpadEnter") return this.send(event);
    if (event.timeStamp - this.at > GAP) this.clear();
    this.at = event.timeStamp;
    if (digit && !event.shiftKey) this.digits += digit;
    else if (!["ShiftLeft", "ShiftRight"].includes(event.code)) this.pure = false;
  }

  // Full-width digits of an input method become plain ones; never while it composes, that would break the word.
  tidy(event) {
    if (!event.isComposing) this.input.value = this.input.value.normalize("NFKC");
  }

  send(event) {
    const typed = this.input.value.normalize("NFKC").trim();
    const scanned = this.pure && this.digits.length >= typed.replace(/\D/g, "").length && this.digits.length >= 6;
    event.preventDefault();
    event.stopPropagation();
    this.input.value = scanned ? this.digits : typed;
    this.clear();
    if (this.input.value) this.form.requestSubmit();
    else document.querySelector("[data-scan-confirm]")?.click();
  }

  ready() {
    this.input.value = "";
    this.input.focus();
  }
}

const lines = new Set();
bind("form[data-scan]", (form) => lines.add(new Line(form)));

function answered(root) {
  const result = root.matches?.("[data-scan-result]") ? root : root.querySelector?.("[data-scan-result]");
  if (!result) return;
  const came = result.dataset.scanResult;
  if (came === "done" || came === "refused") beep(came === "done");
  for (const line of lines) if (line.form.isConnected) line.ready();
}
// In the same turn as the answer arrives: the next Enter already means it.
document.addEventListener("htmx:afterSwap", (event) => answered(event.detail.target ?? event.target));
answered(document.getElementById("main") ?? document);
