// The red bar, the bell, the title and the favicon, until acknowledged or met. Alarms come with the page and with every pulse.
import { send } from "./ask.js";
import { added } from "./bind.js";
import { now, onSecond } from "./now.js";
import { bell } from "./sound.js";
import { showTrouble } from "./trouble.js";
import { word } from "./words.js";

const bar = document.querySelector("[data-alarm]");
const favicon = document.querySelector('link[rel="icon"]');
const plainIcon = favicon?.href;
const SECOND_RING = 60_000;
const NEXT_RINGS = 180_000;
const whole = new Map();
let alarms = [];
let title = "";
let odd = false;

// Kept for all tabs, so that a second tab and the next page do not ring again what has rung.
function rings() {
  try {
    return JSON.parse(localStorage.getItem("bells")) ?? {};
  } catch {
    return {};
  }
}

const dueAt = ({ first, n }) => first + (n ? SECOND_RING + NEXT_RINGS * (n - 1) : 0);

function ring(at) {
  const kept = rings();
  const next = {};
  let sound = false;
  for (const { id, ahead } of alarms) {
    const key = ahead ? `${id} ahead` : id; // a warning sounds once; the promise it warned of is a bell of its own
    const bells = kept[key] ?? { first: at, n: 0 };
    if (ahead ? bells.n === 0 : at >= dueAt(bells)) {
      sound = true;
      do bells.n += 1;
      while (!ahead && at >= dueAt(bells));
    }
    next[key] = bells;
  }
  localStorage.setItem("bells", JSON.stringify(next));
  if (sound) bell();
}

// Title and favicon speak of broken promises only, not of warnings.
const late = () => alarms.filter(({ ahead }) => !ahead).length;

function notify(alarm) {
  if (!("Notification" in window) || Notification.permission !== "granted" || !document.hidden) return;
  new Notification(word("titleLate", alarms.length, alarm.short ?? ""), { body: alarm.sentence, tag: `alarm-${alarm.id}` });
}

function fill(alarm) {
  const part = (name) => bar.querySelector(`[data-alarm-${name}]`);
  const due = part("due");
  bar.dataset.alarm = alarm.id;
  bar.dataset.short = alarm.short ?? "";
  bar.classList.toggle("alarm--ahead", Boolean(alarm.ahead));
  bar.dataset.ahead = alarm.ahead ? "yes" : "";
  part("head").textContent = alarm.head ?? "";
  if (alarm.due) due.dataset.due = alarm.due;
  else delete due.dataset.due;
  due.textContent = "";
  part("url").textContent = alarm.sentence;
  part("url").href = alarm.url;
  part("step").textContent = alarm.step_label ?? "";
  part("step").href = alarm.step_url ?? "";
  part("step").hidden = !alarm.step_url;
  part("ack").action = alarm.ack_url;
}

// A pulse names the alarms behind the first ones by their id alone; what is known of them is kept.
function known(list) {
  for (const alarm of list) if (alarm.ack_url) whole.set(alarm.id, alarm);
  return list.map((alarm) => whole.get(alarm.id) ?? alarm);
}

function show() {
  const [first] = alarms;
  if (bar && first?.ack_url) {
    const same = bar.dataset.alarm === String(first.id) && Boolean(bar.dataset.ahead) === Boolean(first.ahead);
    if (!same || bar.hidden) fill(first);
    const more = bar.querySelector("[data-alarm-more]");
    more.hidden = alarms.length < 2;
    more.textContent = word("moreAlarms", alarms.length - 1);
    bar.hidden = false;
    added(bar);
  } else if (bar) bar.hidden = true;
  if (favicon) favicon.href = late() ? favicon.dataset.ringing : plainIcon;
}

/** Take the list of alarms as the server knows it now, oldest first. */
export function setAlarms(list) {
  const before = new Set(alarms.map(({ id }) => id));
  alarms = known(list);
  show();
  for (const alarm of alarms) if (!before.has(alarm.id) && !alarm.ahead) notify(alarm);
  each(now());
}

function each(at) {
  if (alarms.length) ring(at);
  const n = late();
  if (!n && !title) return;
  title ||= document.title;
  odd = n ? !odd : false;
  document.title = odd ? word("titleLate", n, bar?.dataset.short ?? "") : title;
  if (!n) title = "";
}

// The next Enter is meant for the row, not for the alarm that comes up in the bar.
function leaveBar() {
  if (!bar.contains(document.activeElement)) return;
  const back = document.querySelector("[data-item].is-selected") ?? document.getElementById("main");
  back?.focus({ preventScroll: true });
}

bar?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const id = bar.dataset.alarm;
  try {
    await send(event.target.action);
    leaveBar();
    setAlarms(alarms.filter((alarm) => String(alarm.id) !== id));
  } catch (error) {
    showTrouble(error);
  }
});

alarms = known(JSON.parse(document.getElementById("alarms")?.textContent ?? "[]"));
show();
document.addEventListener("repairdesk:alarms", (event) => setAlarms(event.detail));
document.addEventListener("repairdesk:alive", () => ring(now()));
onSecond(each);
