// The list one came from: a link of a page's <… data-list> to one of its [data-open-item] keeps the addresses of all of them in this tab,
// in their order. A page with <… data-trail> (a ticket) then says which of them it is, and J and K lead along. The next list begins anew.
import { word } from "./words.js";

const SHELF = "trail";
const nav = document.querySelector("[data-trail]");
const here = location.pathname;
const path = (link) => new URL(link.href, location.href).pathname;

function keep(link) {
  const items = [...new Set([...document.querySelectorAll("[data-list] a[data-open-item]")].map(path))];
  if (!items.includes(path(link))) return;
  const place = document.querySelector(".nav a[aria-current] span")?.textContent.trim() ?? "";
  sessionStorage.setItem(SHELF, JSON.stringify({ from: here + location.search, place, items }));
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(SHELF));
  } catch {
    return null;
  }
}

function lead(name, address) {
  const link = nav.querySelector(`[data-trail-${name}]`);
  link.hidden = !address;
  if (address) link.href = address;
}

function show({ from, place, items }) {
  const at = items.indexOf(here);
  if (at < 0) return;
  nav.querySelector("[data-trail-at]").textContent = word("nthOf", at + 1, items.length);
  lead("before", items[at - 1]);
  lead("after", items[at + 1]);
  nav.hidden = false;
  const back = document.querySelector("[data-trail-from]");
  if (!back || !place) return;
  back.href = from;
  back.textContent = place;
}

if (nav) {
  const trail = kept();
  if (trail) show(trail);
} else if (document.querySelector(".nav a[aria-current]")) sessionStorage.removeItem(SHELF);

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (link && !nav) keep(link);
});
