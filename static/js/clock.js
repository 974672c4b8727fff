// Server clock in the top bar and countdowns: <time data-due=ISO data-warn=seconds [data-urgent] [data-say]>.
// Above an hour the server's words stay ("18:00 前"), unless data-urgent; below, and once late, the seconds run.
import { bind } from "./bind.js";
import { clockText, now, onSecond } from "./now.js";
import { say, word } from "./words.js";

const HOUR = 3600;
const two = (n) => String(n).padStart(2, "0");
const last = new WeakMap();

/** 42 s → 0:42; 4,000 s → 1:06:40; two days → 2 天 0 时. */
export function spell(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s >= 24 * HOUR) return word("days", Math.floor(s / (24 * HOUR)), Math.floor((s % (24 * HOUR)) / HOUR));
  const minutes = Math.floor(s / 60);
  return s >= HOUR ? `${Math.floor(s / HOUR)}:${two(minutes % 60)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

function state(left, warn) {
  if (left <= 0) return "late";
  return left <= warn ? "soon" : "calm";
}

function paint(element, as) {
  const clock = element.closest(".clock, .promise");
  const name = clock?.classList.contains("promise") ? "promise" : "clock";
  for (const each of ["late", "soon", "calm"]) clock?.classList.toggle(`${name}--${each}`, each === as);
  element.closest(".row")?.classList.toggle("row--hot", as !== "calm");
  const job = element.closest(".job");
  job?.classList.toggle("job--hot", as === "late");
  job?.classList.toggle("job--soon", as === "soon");
}

function countdown(element, at) {
  const left = (Date.parse(element.dataset.due) - at) / 1000;
  if (Number.isNaN(left)) return "";
  const as = state(left, Number(element.dataset.warn ?? 0));
  const text = as === "late" ? word("late", spell(-left)) : spell(Math.ceil(left));
  if (as === "late" || left < HOUR || "urgent" in element.dataset) if (element.textContent !== text) element.textContent = text;
  const before = last.get(element);
  last.set(element, as);
  if (before !== as) paint(element, as);
  const crossed = before && before !== as && as !== "calm" && element.dataset.say;
  return crossed ? word(as === "late" ? "lateSay" : "soonSay", element.dataset.say) : "";
}

function each(at) {
  const clock = document.querySelector("time[data-clock]");
  if (clock) clock.textContent = clockText(at);
  const spoken = [...document.querySelectorAll("time[data-due]")].map((element) => countdown(element, at)).filter(Boolean);
  if (spoken.length) say(spoken.join(" "));
}

bind("time[data-due]", (element) => {
  element.setAttribute("aria-hidden", "true");
  countdown(element, now());
});
onSecond(each);
