// Hears from the worker what has changed since the page was made, tells the other modules, and says when nothing is heard.
import { signIn } from "./ask.js";
import { clockText, now, onSecond, setNow } from "./now.js";
import { word } from "./words.js";

const LOST = 15_000;
const RETRY = 60_000;
const meta = document.querySelector('meta[name="pulse"]');
const dots = document.querySelectorAll("[data-live]");
const line = document.querySelector("[data-stale]");
let heard = performance.now();
let heardAt = now();
let lost = false;

let worker = null;
let open = null;

/** What the page has open, for colleagues to be told: {here, doing, watch}. */
export function report(what) {
  open = what;
  worker?.postMessage({ here: what });
}

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

function show(on) {
  if (on === lost) return;
  lost = on;
  for (const dot of dots) {
    dot.classList.toggle("live--lost", on);
    dot.textContent = on ? dot.dataset.lost : dot.dataset.fine;
  }
  if (!line) return;
  line.hidden = !on;
  line.querySelector("[data-stale-text]").textContent = on ? word("lost", clockText(heardAt)) : "";
}

function alive() {
  heard = performance.now();
  heardAt = now();
  show(false);
  tell("repairdesk:alive");
}

function news(pulse) {
  if (pulse.now) setNow(pulse.now);
  alive();
  for (const sweep of document.querySelectorAll("[data-sweep-stale]")) sweep.hidden = !pulse.stale;
  if (pulse.alarms) tell("repairdesk:alarms", pulse.alarms);
  if (pulse.side) tell("repairdesk:side", pulse.side);
  if (pulse.here) tell("repairdesk:others", pulse.here);
  if (pulse.calls) tell("repairdesk:calls", pulse.calls.rows);
  if (pulse.changed?.length) tell("repairdesk:pulse", pulse);
}

function begin() {
  worker = new Worker(meta.dataset.worker);
  worker.onmessage = ({ data }) => {
    if (data.kind === "alive") alive();
    else if (data.kind === "news") news(data.pulse);
    else if (data.kind === "over") tell("session:over", data.sentence);
  };
  worker.postMessage({ url: new URL(meta.content, location.href).href, since: Number(meta.dataset.since), signIn: signIn() });
  if (open) report(open);
  line?.querySelector("[data-stale-retry]").addEventListener("click", () => worker.postMessage("now"));
  addEventListener("online", () => worker.postMessage("now"));
  document.addEventListener("session:back", () => worker.postMessage("now"));
  onSecond(() => {
    const silent = performance.now() - heard;
    if (silent > LOST) show(true);
    if (line) line.querySelector("[data-stale-retry]").hidden = silent < RETRY;
  });
}

if (meta) begin();
