// Shortcuts live in the markup: data-key="n", "g b" (one after the other), "mod+k" (Ctrl), "F2"; data-key-also is a second one.
// data-key-begins="id" begins that form at its first field instead of pressing anything (fields.js). The sheet behind "?", the hint on
// the button and the behaviour are one list.
import { listKey } from "./list.js";

const html = document.documentElement;
const WIDE = { "？": "?", "、": "/", "【": "[", "】": "]" };
const TEXT = 'input:not([type="radio"], [type="checkbox"], [type="button"], [type="submit"], [type="reset"], [type="file"], [type="range"]), textarea, select, [contenteditable]';
let chord = "";
let chordTimer = 0;

/** Does a letter belong to this element and not to us? */
export const typing = (element) => element instanceof Element && element.matches(TEXT);

/** An input method is composing: no key is ours. */
export const composing = (event) => event.isComposing || event.keyCode === 229;

/** The dialog on top, or null. */
export const topDialog = () => [...document.querySelectorAll("dialog[open]")].pop() ?? null;

function nameOf(event) {
  const key = WIDE[event.key] ?? event.key;
  if (event.altKey) return "";
  if (event.ctrlKey || event.metaKey) return `mod+${key.toLowerCase()}`;
  if (event.shiftKey && key.length === 1 && key !== "?") return "";
  return key.length === 1 ? key.toLowerCase() : key;
}

const usable = (element) => !element.disabled && element.getClientRects().length > 0;

function find(key) {
  const scope = topDialog() ?? document;
  for (const attribute of ["data-key", "data-key-also"]) {
    const found = [...scope.querySelectorAll(`[${attribute}="${CSS.escape(key)}"]`)].filter(usable);
    if (found.length) return found.find((element) => element.closest("main")) ?? found[0];
  }
  return null;
}

function act(element) {
  const form = element.dataset.keyBegins && document.getElementById(element.dataset.keyBegins);
  if (form) return form.dispatchEvent(new CustomEvent("repairdesk:begin", { bubbles: true }));
  element.focus({ preventScroll: true });
  if (typing(element)) element.select?.();
  else element.click();
}

function setChord(value) {
  chord = value;
  html.classList.toggle("is-go", Boolean(value));
  clearTimeout(chordTimer);
  if (value) chordTimer = setTimeout(setChord, 1500, "");
}

function starts(key) {
  return Boolean((topDialog() ?? document).querySelector(`[data-key^="${CSS.escape(key)} "]`));
}

// Enter and Space press the button or link that has the focus, whatever the page means by them.
const taken = (event, key) => (key === "Enter" || key === " ") && Boolean(event.target.closest("a, button, summary, input, label, canvas"));

function single(event, key) {
  const letter = key.length === 1 && key !== " ";
  if (typing(event.target) || taken(event, key) || (letter && html.dataset.singleKeys === "off")) return false;
  const whole = chord ? `${chord} ${key}` : key;
  const element = find(whole);
  const had = Boolean(chord);
  setChord("");
  if (element) act(element);
  else if (!had && starts(key)) setChord(key);
  else return !had && listKey(event, key, topDialog());
  return true;
}

document.addEventListener("keydown", (event) => {
  if (composing(event) || event.defaultPrevented) return;
  const key = nameOf(event);
  if (!key) return;
  const plain = key.length > 1 && !key.startsWith("Arrow") && key !== "Enter";
  if (plain) {
    const element = find(key);
    if (!element) return;
    event.preventDefault();
    act(element);
  } else if (single(event, key)) event.preventDefault();
});

/** What is printed for a key: "g b" → G B, "mod+k" → Ctrl K. */
export const shown = (key) => key.replace("mod+", "Ctrl ").split(" ").map((k) => (k.length === 1 ? k.toUpperCase() : k)).join(" ");

function label(element) {
  if (element.dataset.keyLabel) return element.dataset.keyLabel;
  const copy = element.cloneNode(true);
  for (const hint of copy.querySelectorAll("kbd, .vh, .nav__n")) hint.remove();
  return element.getAttribute("aria-label") ?? copy.textContent.trim();
}

function line(element) {
  const item = document.createElement("li");
  const keys = document.createElement("span");
  for (const key of [element.dataset.key, element.dataset.keyAlso].filter(Boolean)) {
    const kbd = document.createElement("kbd");
    kbd.className = "kbd";
    kbd.textContent = shown(key);
    keys.append(kbd, " ");
  }
  item.append(label(element), keys);
  return item;
}

document.getElementById("keys")?.addEventListener("repairdesk:open", ({ currentTarget: sheet }) => {
  const all = [...document.querySelectorAll("[data-key]")].filter((element) => !element.closest("dialog") && usable(element));
  const go = all.filter((element) => element.dataset.key.includes(" "));
  sheet.querySelector("[data-keys-go]").replaceChildren(...go.map(line));
  sheet.querySelector("[data-keys-ticket]").hidden = Boolean(document.querySelector("[data-trail]"));
  sheet.querySelector("[data-keys-page]").replaceChildren(...all.filter((element) => !go.includes(element)).map(line));
});

