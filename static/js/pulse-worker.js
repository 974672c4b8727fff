// Asks the server every two seconds. In a worker, because a hidden tab's own timers fall to one a minute, and a bell a minute late is none.
const EVERY = 2000;
const PATIENCE = 10_000;
let url = "";
let since = 0;
let here = {}; // what the page has open: here, doing, watch; once also left, the call sheet that was closed
let shown = {}; // keys of what the page shows of others: others, callers
let signIn = "";
let timer = 0;
let asking = false;
let over = false;

async function answer(response, asked) {
  const away = signIn && new URL(response.url).pathname === signIn;
  if (response.status === 401 || response.status === 403 || away) {
    over = true;
    return { kind: "over", sentence: response.status === 401 ? await response.text() : "" };
  }
  if (response.ok) delete asked.left;
  if (response.status === 204 || response.status === 304) return { kind: "alive" };
  if (!response.ok) return { kind: "lost" };
  const pulse = await response.json();
  since = pulse.last ?? since;
  if (asked !== here) delete pulse.here; // it speaks of a sheet that was closed meanwhile
  if (pulse.here) shown.others = pulse.here.key;
  if (pulse.calls) shown.callers = pulse.calls.key;
  return { kind: "news", pulse };
}

async function ask() {
  if (asking || over) return;
  asking = true;
  const given = new AbortController();
  const stop = setTimeout(() => given.abort(), PATIENCE);
  try {
    const options = { credentials: "same-origin", cache: "no-store", headers: { "HX-Request": "true" }, signal: given.signal };
    const asked = here;
    const query = new URLSearchParams({ since, ...here, ...shown });
    postMessage(await answer(await fetch(`${url}?${query}`, options), asked));
  } catch {
    postMessage({ kind: "lost" });
  }
  clearTimeout(stop);
  asking = false;
  clearTimeout(timer);
  timer = setTimeout(ask, EVERY);
}

onmessage = ({ data }) => {
  if (data.url) ({ url, since, signIn } = data);
  if (data.here) [here, shown] = [data.here, {}];
  else over = false;
  ask();
};
