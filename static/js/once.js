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

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (waiting.has(event.target)) event.preventDefault();
  else lock(event.target, event.submitter);
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
