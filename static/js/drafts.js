// <form data-draft="register">: what is typed stays in this browser, per person and record, until the server confirms: an answer 2xx to
// an htmx form, a message tagged "saved:register", or the next page after a plain form that is no refusal. Signing out clears all.
import { added, bind } from "./bind.js";
import { clockText } from "./now.js";
import { word } from "./words.js";

const user = document.documentElement.dataset.user;
const LONGEST = 12 * 3600 * 1000;
const PENDING = "draft:pending";
const shelf = (key) => `draft:${user}:${key}`;
const states = new WeakMap();

function read(key) {
  try {
    const draft = JSON.parse(localStorage.getItem(shelf(key)));
    return draft && Date.now() - draft.at < LONGEST ? draft : null;
  } catch {
    return null;
  }
}

/** Forget a draft: the server has it. */
export function forget(key) {
  localStorage.removeItem(shelf(key));
}

function kept(form) {
  const left = ["csrfmiddlewaretoken", "once", "next"];
  return [...form.elements].filter(
    (field) => (field.name || field.id) && !left.includes(field.name) && !["password", "file", "submit", "button", "fieldset", "output"].includes(field.type) && !field.closest("[data-no-draft], [data-signature]"),
  );
}

function valuesOf(form) {
  const values = {};
  for (const field of kept(form)) {
    const name = field.name || `#${field.id}`;
    values[name] ??= [];
    if (!["radio", "checkbox"].includes(field.type) || field.checked) values[name].push(field.value);
  }
  return values;
}

function save(form) {
  const values = valuesOf(form);
  const key = form.dataset.draft;
  if (JSON.stringify(values) === states.get(form).first) return forget(key);
  localStorage.setItem(shelf(key), JSON.stringify({ at: Date.now(), values }));
  tell(form, word("draftSaved", clockText(Date.now()).slice(0, 5)));
}

function tell(form, text) {
  const chip = document.querySelector(`[data-draft-state="${CSS.escape(form.dataset.draft)}"]`);
  if (!chip) return;
  chip.textContent = text;
  chip.hidden = !text;
}

function restore(form, draft) {
  form.dispatchEvent(new CustomEvent("repairdesk:draft", { detail: draft.values }));
  const changed = [];
  const turns = {};
  for (const field of kept(form)) {
    const name = field.name || `#${field.id}`;
    const values = draft.values[name];
    if (!values) continue;
    const before = field.checked + field.value;
    if (["radio", "checkbox"].includes(field.type)) field.checked = values.includes(field.value);
    else field.value = values[(turns[name] = (turns[name] ?? -1) + 1)] ?? field.value;
    if (before !== field.checked + field.value && (field.type === "hidden" || field.checked || field.matches("select"))) changed.push(field);
  }
  for (const field of changed) field.dispatchEvent(new Event("change", { bubbles: true }));
  offer(form, draft);
}

function offer(form, draft) {
  const note = document.createElement("p");
  const drop = document.createElement("button");
  note.className = "hint wide";
  note.dataset.draftNote = "";
  Object.assign(drop, { type: "button", className: "btn btn--quiet btn--small", textContent: word("draftDrop") });
  drop.addEventListener("click", () => {
    forget(form.dataset.draft);
    location.reload();
  });
  note.append(word("draftRestored", clockText(draft.at).slice(0, 5)), " ", drop);
  (form.querySelector("[data-draft-here], .form, .dialog__body, .next__body, .card__body") ?? form).prepend(note);
  added(note);
}

bind("form[data-draft]", (form) => {
  states.set(form, { first: JSON.stringify(valuesOf(form)), timer: 0 });
  const refused = form.querySelector(".field--bad, [data-errors]") || document.querySelector("[data-errors]");
  const draft = read(form.dataset.draft);
  if (draft && !refused) restore(form, draft);
  const later = () => {
    const state = states.get(form);
    clearTimeout(state.timer);
    state.timer = setTimeout(save, 400, form);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", () => sessionStorage.setItem(PENDING, JSON.stringify({ key: form.dataset.draft, path: location.pathname })));
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest("form[data-draft]");
  sessionStorage.removeItem(PENDING);
  if (!form || event.detail.requestConfig?.verb === "get" || event.detail.xhr.status >= 300 || !event.detail.xhr.status) return;
  clearTimeout(states.get(form)?.timer);
  forget(form.dataset.draft);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-sign-out]")) return;
  for (const key of Object.keys(localStorage)) if (key.startsWith("draft:")) localStorage.removeItem(key);
});

/* What the last plain form came to: confirmed by a message, or by landing on another page that refuses nothing. */
for (const notice of document.querySelectorAll("[data-toast]"))
  for (const tag of notice.dataset.toast.split(" ")) if (tag.startsWith("saved:")) forget(tag.slice(6));
const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? "null");
sessionStorage.removeItem(PENDING);
if (pending && pending.path !== location.pathname && !document.querySelector("[data-refused], [data-errors], [data-sign-in]")) forget(pending.key);
