// The session has run out (401, event session:over): sign in within a dialog; the page and what was typed go on (session:begun).
import { fragment, signIn } from "./ask.js";
import { added } from "./bind.js";
import { renew } from "./csrf.js";
import { toast } from "./toast.js";
import { word } from "./words.js";

const dialog = document.getElementById("again");
let asking = false;

async function over(sentence) {
  if (!dialog || dialog.open || asking || !signIn() || location.pathname === signIn()) return;
  asking = true;
  try {
    dialog.innerHTML = await fragment(signIn(), { target: dialog.id });
    const why = dialog.querySelector(".dialog__body > p");
    if (sentence && why) why.textContent = sentence;
    added(dialog);
    dialog.showModal();
    dialog.querySelector('[name="username"]')?.focus();
  } catch {
    /* no connection: the amber line says so, the next request asks again */
  }
  asking = false;
}

function begun({ user, csrf }) {
  if (String(user) !== document.documentElement.dataset.user) return location.reload();
  renew(csrf);
  dialog.close();
  dialog.replaceChildren();
  toast(word("signedIn"));
  document.dispatchEvent(new CustomEvent("session:back"));
}

// htmx sends session:over to the element that asked, with HX-Trigger; our own requests send it to the document.
document.addEventListener("session:over", (event) => over(typeof event.detail === "string" ? event.detail : ""));
document.addEventListener("session:begun", (event) => begun(event.detail));
dialog?.addEventListener("cancel", (event) => event.preventDefault());
// Too many wrong passwords: the answer 429 is the form with its sentence, to be shown like any other refusal.
dialog?.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 429) Object.assign(event.detail, { shouldSwap: true, isError: false });
});
