// <a href data-dialog> loads its fragment into the dialog, data-dialog="side" or data-peek into the side sheet; without a script the
// link leads to the page. [data-open=id] and [data-close] open and close dialogs that are in the page. Focus returns to the opener.
import { fragment } from "./ask.js";
import { added } from "./bind.js";
import { select } from "./list.js";
import { showTrouble } from "./trouble.js";
import { fromTemplate } from "./words.js";

const FIELD = '[autofocus], input:not([type="hidden"]):not(:disabled), select:not(:disabled), textarea:not(:disabled)';
const openers = new WeakMap();
const firstValues = new WeakMap();

const values = (form) => JSON.stringify([...new FormData(form)].filter(([, value]) => typeof value === "string"));

/** Open a dialog of the page and remember where to return. */
export function open(dialog, opener = document.activeElement) {
  if (dialog.open) return;
  openers.set(dialog, { opener, row: opener?.closest?.("[data-item]")?.id });
  dialog.showModal();
  dialog.dispatchEvent(new CustomEvent("repairdesk:open"));
}

function settle(dialog) {
  const heading = dialog.querySelector("h2");
  if (heading) dialog.setAttribute("aria-label", heading.textContent.trim());
  for (const form of dialog.querySelectorAll("form")) firstValues.set(form, values(form));
  const bad = dialog.querySelector("[data-errors], [data-refused]");
  const first = bad ?? dialog.querySelector("[autofocus]") ?? dialog.querySelector('.pick :checked, .choose :checked, .slots :checked') ?? dialog.querySelector(FIELD) ?? dialog.querySelector(".btn--main");
  first?.focus();
}

/** Load a fragment into the dialog (or the side sheet) and show it. */
export async function load(url, opener, side = false) {
  const dialog = document.getElementById(side ? "peek" : "dialog");
  const body = document.getElementById(side ? "peek-body" : "dialog-body");
  try {
    body.innerHTML = await fragment(url, { target: body.id });
  } catch (error) {
    return showTrouble(error, opener);
  }
  added(body);
  open(dialog, opener);
  settle(dialog);
}

function dirty(dialog) {
  return [...dialog.querySelectorAll("form:not([data-draft])")].some((form) => firstValues.has(form) && firstValues.get(form) !== values(form));
}

function askFirst(dialog) {
  const note = dialog.querySelector("[data-discard]")?.closest(".note") ?? fromTemplate("discard");
  (dialog.querySelector(".dialog__body") ?? dialog).prepend(note);
  note.querySelector("[data-keep]").focus();
}

/** Close, unless something typed would be lost. */
export function close(dialog) {
  if (dirty(dialog)) askFirst(dialog);
  else dialog.close();
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-dialog], [data-peek], [data-open], [data-close], [data-discard], [data-keep]");
  const dialog = event.target.closest("dialog");
  if (!target) return event.target === dialog && dialog.id !== "again" ? close(dialog) : undefined;
  if (target.matches("[data-dialog], [data-peek]")) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    load(target.href ?? target.dataset.href, target, target.matches('[data-peek], [data-dialog="side"]'));
  } else if (target.dataset.open) open(document.getElementById(target.dataset.open), target);
  else if (target.matches("[data-close]")) close(dialog);
  else if (target.matches("[data-discard]")) dialog.close();
  else target.closest(".note").remove();
});

function back(dialog) {
  const { opener, row } = openers.get(dialog) ?? {};
  const item = row && document.getElementById(row);
  if (opener?.isConnected && opener.getClientRects().length) opener.focus({ preventScroll: true });
  else if (item) select(item);
  for (const body of dialog.querySelectorAll("#dialog-body, #peek-body")) body.replaceChildren();
}

for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("cancel", (event) => {
    if (event.target !== dialog || !dirty(dialog)) return;
    event.preventDefault();
    askFirst(dialog);
  });
  dialog.addEventListener("close", () => back(dialog));
}

// A step refused inside a dialog comes back into the dialog, whatever its hx-target is; a step done closes it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  const body = requestConfig?.elt.closest("#dialog-body, #peek-body");
  if (!body || !event.detail.shouldSwap || ![409, 422].includes(xhr.status)) return;
  Object.assign(event.detail, { target: body, swapOverride: "innerHTML" });
});
document.addEventListener("htmx:afterRequest", (event) => {
  const { xhr, elt, requestConfig } = event.detail;
  const dialog = elt.closest("#dialog, #peek");
  if (!dialog || requestConfig?.verb !== "post") return;
  if (xhr.status >= 200 && xhr.status < 300 && xhr.getResponseHeader("X-Dialog") !== "keep") dialog.close();
  else if ([409, 422].includes(xhr.status)) settle(dialog);
});
