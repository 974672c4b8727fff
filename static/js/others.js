// Two people: <meta name="pulse" data-here="a repair's number"> is what the page has open, <… data-calling="number"> a call sheet (one that
// stands in the page counts while the focus is in it). The pulse tells colleagues and brings theirs: <… data-others hidden> says who else
// is here; in <… data-watch="calls"> a row's <… data-caller="id" hidden> who calls that customer now.
import { bind } from "./bind.js";
import { report } from "./pulse.js";
import { word } from "./words.js";

const page = document.querySelector('meta[name="pulse"]')?.dataset.here ?? "";
const watch = document.querySelector("[data-watch]")?.dataset.watch ?? "";
let told = "";
let left = "";
let others = {};
let callers = {};

function calling() {
  const sheet = document.querySelector("dialog[open] [data-calling]") ?? document.querySelector("main [data-calling]");
  const inPage = sheet?.closest("#next");
  return sheet && (!inPage || inPage.contains(document.activeElement)) ? sheet.dataset.calling : "";
}

function tell() {
  const sheet = calling();
  const here = { ...((sheet || page) && { here: sheet || page }), ...(sheet && { doing: "call" }), ...(watch && { watch }) };
  const now = JSON.stringify(here);
  if (now === told || (!told && now === "{}")) return;
  told = now;
  others = {};
  for (const box of document.querySelectorAll("[data-others]")) show(box);
  report(left && left !== sheet ? { ...here, left } : here);
  left = sheet;
}

function show(box) {
  const said = [others.calling && word("isCalling", others.calling), others.open && word("alsoOpen", others.open)].filter(Boolean);
  const text = said.join(" ");
  if (box.textContent !== text) box.textContent = text;
  box.hidden = !text;
}

function mark(box) {
  const name = callers[box.dataset.caller];
  box.textContent = name ? word("isCalling", name) : "";
  box.hidden = !name;
}

const soon = () => setTimeout(tell);
for (const change of ["repairdesk:open", "close", "focusin", "focusout"]) document.addEventListener(change, soon, true);
bind("[data-calling]", soon);
bind("[data-others]", show);
bind("[data-caller]", mark);
document.addEventListener("repairdesk:others", ({ detail }) => {
  others = detail;
  document.querySelectorAll("[data-others]").forEach(show);
});
document.addEventListener("repairdesk:calls", ({ detail }) => {
  callers = detail;
  document.querySelectorAll("[data-caller]").forEach(mark);
});
tell();
