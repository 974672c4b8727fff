// Asks the server every two seconds. In a worker, because a hidden tab's own timers fall to one a minute, and a bell a minute late is none.
const EVERY = 2000;
const PATIENCE = 10_000;
let url = "";
let since = 0;
let signIn = "";
let timer = 0;
let asking = false;
let over = false;

async function answer(response) {
  const away = signIn && new URL(response.url).pathname === signIn;
  if (response.status === 401 || response.status === 403 || away) {
    over = true;
    return { kind: "over", sentence: response.status === 401 ? await response.text() : "" };
  }
  if (response.status === 204 || response.status === 304) return { kind: "alive" };
  if (!response.ok) return { kind: "lost" };
  const pulse = await response.json();
  since = pulse.last ?? since;
  return { kind: "news", pulse };
}

async function ask() {
  if (asking || over) return;
  asking = true;
  const given = new AbortController();
  const stop = setTimeout(() => given.abort(), PATIENCE);
  try {
    const options = { credentials: "same-origin", cache: "no-store", headers: { "HX-Request": "true" }, signal: given.signal };
    postMessage(await answer(await fetch(`${url}?since=${since}`, options)));
  } catch {
    postMessage({ kind: "lost" });
  }
  clearTimeout(stop);
  asking = false;
  clearTimeout(timer);
  timer = setTimeout(ask, EVERY);
}

onmessage = ({ data }) => {
  if (data !== "now") ({ url, since, signIn } = data);
  over = false;
  ask();
};
