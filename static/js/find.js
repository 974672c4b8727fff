// Ctrl K: one box over everything. Options carry data-href, and data-act (the address Tab opens) if the row has an action.
import { answer } from "./ask.js";
import { composing } from "./keys.js";
import { Listbox } from "./listbox.js";
import { icon, say, word } from "./words.js";

const PAUSE = 120;
const RECENT = 5;
const dialog = document.getElementById("find");
const input = dialog?.querySelector("input");
const box = dialog && new Listbox(input, dialog.querySelector("[role=listbox]"));
const shelf = `recent:${document.documentElement.dataset.user}`;
let timer = 0;
let asked = null;
let stale = false; // typed since the list was answered
let going = null; // Enter was pressed before the answer: "here" or "apart"

function recent() {
  try {
    return JSON.parse(localStorage.getItem(shelf)) ?? [];
  } catch {
    return [];
  }
}

function remember(option) {
  const href = option.dataset.href;
  const label = option.dataset.label ?? option.children[1]?.textContent.trim() ?? option.textContent.trim();
  const all = [{ href, label }, ...recent().filter((each) => each.href !== href)].slice(0, RECENT);
  localStorage.setItem(shelf, JSON.stringify(all));
}

function recentOption({ href, label }) {
  const item = document.createElement("li");
  const text = document.createElement("span");
  item.setAttribute("role", "option");
  item.dataset.href = href;
  text.textContent = label;
  item.append(icon("clock"), text);
  return item;
}

function showRecent() {
  stale = false;
  const all = recent();
  const group = document.createElement("ul");
  const head = document.createElement("li");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", word("recent"));
  head.className = "palette__h";
  head.setAttribute("role", "presentation");
  head.textContent = word("recent");
  group.append(head, ...all.map(recentOption));
  box.list.replaceChildren(...(all.length ? [group] : []));
  box.point(box.options[0]);
}

async function ask() {
  const text = input.value.trim();
  clearTimeout(timer);
  asked?.abort();
  if (!text) return showRecent();
  asked = new AbortController();
  try {
    box.fill(await answer(dialog.dataset.find, { q: text }, { signal: asked.signal }));
    stale = false;
    if (going) go(box.active, going === "apart");
    going = null;
    say(box.options.length ? word("found", box.options.length) : word("noneFound", text));
  } catch (error) {
    /* given up for a newer question, or no connection: the old answer stays */
    if (error.name !== "AbortError") going = null;
  }
}

function go(option, apart) {
  if (!option?.dataset.href) return;
  remember(option);
  if (apart) window.open(option.dataset.href, "_blank", "noopener");
  else location.assign(option.dataset.href);
}

function key(event) {
  if (composing(event)) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") box.move(event.key === "ArrowDown" ? 1 : -1);
  else if (event.key === "Enter" && stale) {
    going = event.ctrlKey || event.metaKey ? "apart" : "here";
    ask();
  } else if (event.key === "Enter") go(box.active, event.ctrlKey || event.metaKey);
  else if (event.key === "Tab" && !event.shiftKey && box.active?.dataset.act) location.assign(box.active.dataset.act);
  else return;
  event.preventDefault();
}

dialog?.addEventListener("repairdesk:open", () => {
  input.select();
  if (!input.value) showRecent();
});
input?.addEventListener("keydown", key);
input?.addEventListener("input", () => {
  stale = true;
  going = null;
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
});
box?.list.addEventListener("click", (event) => {
  if (!event.target.closest("a")) go(event.target.closest('[role="option"]'), event.ctrlKey || event.metaKey);
});
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-sign-out]")) localStorage.removeItem(shelf);
});
