// A form that is on its way cannot be sent again; after 300 ms its button says 保存中….
import { word } from "./words.js";

const waiting = new Map();

function lock(form, button) {
  const held = { button, timer: 0, nodes: null };
  waiting.set(form, held);
  form.setAttribute("aria-busy", "true");
  if (!button) return;
  button.setAttribute("aria-disabled", "true");
  held.timer = setTimeout(() => {
    held.nodes = [...button.childNodes];
    button.dataset.busy = "";
    button.replaceChildren(button.dataset.saving ?? word("saving"));
  }, 300);
}

function unlock(form) {
  const held = waiting.get(form);
  if (!held) return;
  waiting.delete(form);
  clearTimeout(held.timer);
  form.removeAttribute("aria-busy");
  held.button?.removeAttribute("aria-disabled");
  if (held.nodes) held.button.replaceChildren(...held.nodes);
  if (held.button) delete held.button.dataset.busy;
}

// A form that opens another tab stays on the page: after 3 s it may be sent again, and that is another act with a key of its own.
function again(form) {
  unlock(form);
  const key = form.elements.namedItem("once");
  if (key) key.value = uuid();
}

function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.getAttribute("method") !== "post") return;
  if (waiting.has(event.target)) return event.preventDefault();
  lock(event.target, event.submitter);
  if (event.target.target === "_blank") setTimeout(again, 3000, event.target);
});
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt.closest("form");
  if (!form || event.detail.requestConfig.verb === "get") return;
  if (waiting.has(form)) event.preventDefault();
  else lock(form, event.detail.requestConfig.triggeringEvent?.submitter ?? null);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest("form");
  if (form) unlock(form);
});
addEventListener("pageshow", () => [...waiting.keys()].forEach(unlock));
