// Forms that post: Enter = next field, in the last one the save button; Ctrl Enter saves from anywhere; a digit picks the n-th choice.
// data-enter="submit" on a form leaves Enter to the browser.
import { composing, topDialog, typing } from "./keys.js";

// What lies in a closed <details> has a place on the page all the same.
const visible = (element) => element.getClientRects().length > 0 && !element.closest("details:not([open])");

/** The button that saves: [data-save], else the main one, else the first. */
export const saveButton = (form) =>
  form.querySelector("[data-save]") ?? form.querySelector('button.btn--main:not([type="button"])') ?? form.querySelector('button[type="submit"], button:not([type])');

function stops(form) {
  const fields = [...form.elements].filter((e) => !e.disabled && !e.readOnly && e.type !== "hidden" && e.tabIndex >= 0 && visible(e) && e.matches("input, select, textarea"));
  const groups = new Set();
  return fields.filter((field) => {
    if (field.type !== "radio") return true;
    const seen = groups.has(field.name);
    groups.add(field.name);
    return !seen;
  });
}

function place(all, field) {
  return all.findIndex((each) => each === field || (field.type === "radio" && each.name === field.name));
}

function into(field) {
  const chosen = field.type === "radio" ? [...field.form.elements[field.name]].find((each) => each.checked) : null;
  (chosen ?? field).focus();
  if (typing(field)) field.select?.();
}

/** Go on to the field after this one; from the last one the form is saved. */
export function next(field) {
  const form = field.form;
  const all = stops(form);
  const after = all[place(all, field) + 1];
  if (after) into(after);
  else form.requestSubmit(saveButton(form));
}

function formOf(target) {
  const form = target.closest?.("form") ?? null;
  if (form) return form;
  const forms = (topDialog() ?? document.getElementById("main"))?.querySelectorAll("form[data-form]") ?? [];
  return forms.length === 1 ? forms[0] : null;
}

function digit(event) {
  const group = event.target.closest(".pick, .slots, .choose, .ticks");
  const type = group?.matches(".ticks") ? "checkbox" : "radio";
  if (event.target.type !== type || !group || !/^[1-9]$/.test(event.key)) return false;
  const choice = group.querySelectorAll(`input[type="${type}"]`)[event.key - 1];
  if (!choice || choice.disabled) return false;
  choice.focus();
  choice.click();
  return true;
}

const leaveEnter = (field) => !field.matches("input, select") || ["file", "submit", "button", "image", "reset"].includes(field.type);

// The attribute, not the property: a field named "method" would answer in its place.
function enter(event) {
  const field = event.target;
  if (event.ctrlKey || event.metaKey) {
    const form = formOf(field);
    const button = form && saveButton(form);
    if (!button) return false;
    form.requestSubmit(button);
    return true;
  }
  if (!field.form || leaveEnter(field) || field.form.getAttribute("method") !== "post" || field.form.dataset.enter === "submit") return false;
  if (event.shiftKey || event.altKey) return false;
  next(field);
  return true;
}

// A form begins at its first field; one that asks for nothing waits at its button for a second press.
document.addEventListener("repairdesk:begin", ({ target: form }) => {
  const [first] = stops(form);
  form.scrollIntoView({ block: "nearest" });
  first ? into(first) : saveButton(form)?.focus();
});
document.addEventListener("keydown", (event) => {
  if (composing(event) || event.defaultPrevented) return;
  const plain = !event.ctrlKey && !event.altKey && !event.metaKey;
  if (event.key === "Enter" ? enter(event) : plain && digit(event)) event.preventDefault();
});
