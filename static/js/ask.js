// Requests of our own modules. All carry HX-Request, so that the server answers fragments and, signed out, 401.
import { token } from "./csrf.js";
import { word } from "./words.js";

/** A refused or failed request; `sentence` and `remedy` are for the person. */
export class Trouble extends Error {
  constructor(status, sentence, remedy = "") {
    super(sentence);
    Object.assign(this, { status, sentence, remedy });
  }
}

/** Sentence and remedy of a refusal: taken from the error page's data-trouble, or the plain text itself. */
export function sentenceOf(text, type = "") {
  if (!type.includes("html")) return [text.length < 300 ? text : "", ""];
  const box = new DOMParser().parseFromString(text, "text/html").querySelector("[data-trouble], [data-refused]");
  return [box?.querySelector("h1, b")?.textContent.trim() ?? "", box?.querySelector("p")?.textContent.trim() ?? ""];
}

export const signIn = () => document.querySelector('meta[name="sign-in"]')?.content ?? "";

/** Did the answer come from the sign-in page instead of the one asked for? */
export function sentAway(url, asked) {
  const path = (address) => new URL(address, location.href).pathname;
  return Boolean(url && signIn()) && path(url) === signIn() && path(asked) !== signIn();
}

async function checked(response, asked) {
  if (response.status === 401 || sentAway(response.url, asked)) {
    const why = response.status === 401 ? await response.text() : "";
    document.dispatchEvent(new CustomEvent("session:over", { detail: why }));
    throw new Trouble(401, why);
  }
  if (response.ok) return response;
  const [sentence, remedy] = sentenceOf(await response.text(), response.headers.get("content-type") ?? "");
  throw new Trouble(response.status, sentence || word("notSent"), remedy);
}

async function go(url, options, failed) {
  const headers = { "HX-Request": "true", "HX-Current-URL": location.href, ...options.headers };
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble(0, failed);
  }
  return checked(response, url);
}

/** GET a fragment as text; throws Trouble, or AbortError when given up through `signal`. */
export async function fragment(url, { target = "", signal } = {}) {
  const response = await go(url, { signal, headers: target ? { "HX-Target": target } : {} }, word("notLoaded"));
  return response.text();
}

/** POST a question whose words must not stand in an address; gives the fragment as text. */
export async function answer(url, fields, { signal } = {}) {
  const response = await go(url, { method: "POST", body: new URLSearchParams(fields), headers: { "X-CSRFToken": token() }, signal }, word("notLoaded"));
  return response.text();
}

/** POST fields (an object or FormData) with the token; gives the Response. */
export function send(url, fields = {}) {
  const body = fields instanceof FormData ? fields : new URLSearchParams(fields);
  return go(url, { method: "POST", body, headers: { "X-CSRFToken": token() } }, word("notSent"));
}
