// The server's clock. performance.now() carries it, so a wrong or changed clock of this computer alters nothing.
let base = Date.now();
let mark = performance.now();
const listeners = [];

/** Milliseconds since 1970 by the server's clock. */
export const now = () => base + (performance.now() - mark);

/** Set the clock: what the server said, and how many milliseconds ago it said it. */
export function setNow(text, ago = 0) {
  const said = Date.parse(text);
  if (Number.isNaN(said)) return;
  base = said + ago;
  mark = performance.now();
}

const shown = document.querySelector("[data-now]");
if (shown) {
  const answer = performance.getEntriesByType("navigation")[0]?.responseStart ?? 0;
  setNow(shown.dataset.now, answer ? performance.now() - answer : 0);
}

/** Call `listener(now)` at every full second: the one timer of the page. */
export function onSecond(listener) {
  listeners.push(listener);
  listener(now());
}

function tick() {
  for (const listener of listeners) listener(now());
  setTimeout(tick, 1005 - (now() % 1000));
}
setTimeout(tick, 1005 - (now() % 1000));

/** 10:42:07 in the time zone of the houses. */
export const clockText = (at) => clockFormat.format(at);
const clockFormat = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
