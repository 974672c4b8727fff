// Toasts confirm and offer undo: 8 s, held while the pointer or the focus is on them. An error is never a toast.
// From the server: a message (frame/notices.html) with its links and buttons, or HX-Trigger {"toast": "…"} or {"toast": {"text", "label", "url", "saved"}}.
import { send } from "./ask.js";
import { topDialog } from "./keys.js";
import { fromTemplate } from "./words.js";
import { showTrouble } from "./trouble.js";

const LIFE = 8000;
const shelf = document.querySelector("[data-toasts]");

function button(label, act) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "btn btn--small", textContent: label });
  made.addEventListener("click", act);
  return made;
}

/** Show a sentence; `label` and `act` (or `url`, which is posted to) make the button; `more` are links and buttons of their own; `life` in ms. */
export function toast(text, { label = "", act = null, url = "", more = [], life = LIFE } = {}) {
  if (!shelf || !text) return;
  const made = fromTemplate("toast");
  let timer = 0;
  const start = () => {
    clearTimeout(timer);
    timer = setTimeout(() => made.remove(), life);
  };
  made.querySelector("span").textContent = text;
  const run = act ?? (() => send(url).then(() => location.reload(), (error) => showTrouble(error)));
  if (label)
    made.querySelector("span").after(
      button(label, () => {
        made.remove();
        run();
      }),
    );
  made.querySelector("[data-toast-close]").before(...more);
  made.querySelector("[data-toast-close]").addEventListener("click", () => made.remove());
  for (const hold of ["pointerenter", "focusin"]) made.addEventListener(hold, () => clearTimeout(timer));
  for (const go of ["pointerleave", "focusout"]) made.addEventListener(go, start);
  // Under an open dialog nothing can be pressed: its toasts stand in it.
  (topDialog() ?? document.body).append(shelf);
  shelf.append(made);
  start();
}

document.addEventListener("close", () => shelf && document.body.append(shelf), true);

for (const notice of document.querySelectorAll("[data-toast]")) {
  const more = [...notice.querySelectorAll("a, button")];
  for (const each of more) each.remove();
  toast(notice.textContent.trim(), { more });
  notice.remove();
}
document.addEventListener("toast", (event) => {
  const detail = event.detail ?? {};
  const text = typeof detail === "string" ? detail : (detail.text ?? detail.value ?? "");
  toast(text, { label: detail.label, url: detail.url });
});
