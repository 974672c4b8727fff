// A refused or lost request of htmx: what was there stays, a sentence stands above it, nothing typed is lost.
import { sentAway, sentenceOf, Trouble } from "./ask.js";
import { fromTemplate, word } from "./words.js";

/** Show a refusal where the person is: inside the open dialog, else on top of the page. */
export function showTrouble(error, near = null) {
  if (error.status === 401 || error.name === "AbortError") return;
  const note = fromTemplate("trouble");
  note.querySelector("b").textContent = error.sentence ?? word("notSent");
  note.querySelector("p").textContent = error.remedy ?? "";
  place(note, near);
}

function place(note, near) {
  const box = near?.closest("dialog")?.querySelector(".dialog__body") ?? near?.closest("dialog") ?? document.getElementById("main");
  for (const old of box.querySelectorAll("[data-trouble-note]")) old.remove();
  note.dataset.troubleNote = "";
  const alarms = box.querySelectorAll(":scope > .alarm, :scope > .stale");
  alarms.length ? alarms[alarms.length - 1].after(note) : box.prepend(note);
  note.focus();
}

function fromAnswer(xhr) {
  const [sentence, remedy] = sentenceOf(xhr.responseText, xhr.getResponseHeader("content-type") ?? "");
  return new Trouble(xhr.status, sentence || word("notSent"), remedy);
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (sentAway(xhr.responseURL, event.detail.pathInfo.requestPath)) {
    event.detail.shouldSwap = false;
    document.dispatchEvent(new CustomEvent("session:over", { detail: "" }));
  } else if (xhr.status === 409 && /^\s*<[^>]*\bdata-refused\b/.test(xhr.responseText)) {
    event.detail.shouldSwap = false;
    showTrouble(fromAnswer(xhr), requestConfig?.elt);
  }
});
document.addEventListener("htmx:responseError", (event) => showTrouble(fromAnswer(event.detail.xhr), event.detail.elt));
for (const lost of ["htmx:sendError", "htmx:timeout"])
  document.addEventListener(lost, (event) => showTrouble(new Trouble(0, word("notSent")), event.detail.elt));
document.addEventListener("htmx:beforeRequest", (event) => {
  const box = event.detail.elt.closest("dialog") ?? document.getElementById("main");
  for (const old of box?.querySelectorAll("[data-trouble-note]") ?? []) old.remove();
});
