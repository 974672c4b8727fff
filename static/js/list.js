// Lists: <… data-list> with items <… data-item id=…>. J K or arrows move, Enter = the item's [data-next], O = [data-open-item],
// Space = [data-peek], X = its check box; [ and ] walk the links of <… data-views>.
const visible = (element) => element.getClientRects().length > 0;

function listIn(scope) {
  const focused = document.activeElement?.closest("[data-list]");
  return focused ?? [...(scope ?? document).querySelectorAll("[data-list]")].find(visible) ?? null;
}

const items = (list) => [...list.querySelectorAll("[data-item]")].filter(visible);

/** The selected item of a list: the one with the focus, else the marked one. */
export function cursor(list) {
  return document.activeElement?.closest("[data-item]") ?? list.querySelector("[data-item].is-selected");
}

/** Mark an item and give it the focus. */
export function select(item) {
  for (const other of item.closest("[data-list]")?.querySelectorAll("[data-item].is-selected") ?? []) mark(other, false);
  mark(item, true);
  item.tabIndex = -1;
  item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
}

function mark(item, on) {
  item.classList.toggle("is-selected", on);
  on ? item.setAttribute("aria-current", "true") : item.removeAttribute("aria-current");
}

function move(list, by) {
  const all = items(list);
  const at = all.indexOf(cursor(list));
  const next = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
  if (next) select(next);
  return Boolean(next);
}

function press(list, selector) {
  const target = cursor(list)?.querySelector(selector);
  if (target) {
    select(target.closest("[data-item]"));
    target.click();
  }
  return Boolean(target);
}

function walkViews(by) {
  const links = [...document.querySelectorAll("[data-views] a")].filter(visible);
  const at = links.findIndex((link) => link.hasAttribute("aria-current"));
  const next = links[at + by];
  next?.click();
  return Boolean(next);
}

// Enter and Space belong to the focused button or link; only on the row itself, or on nothing, they mean the row.
const free = (list) => document.activeElement === document.body || document.activeElement === cursor(list);

/** Handle a key for the page's list; true when it was one of ours. */
export function listKey(event, key, scope) {
  if (key === "[" || key === "]") return walkViews(key === "[" ? -1 : 1);
  const list = listIn(scope);
  if (!list) return false;
  const inside = list.contains(document.activeElement);
  if (key === "j" || (key === "ArrowDown" && inside)) return move(list, 1);
  if (key === "k" || (key === "ArrowUp" && inside)) return move(list, -1);
  if (key === "Enter" && free(list)) return press(list, "[data-next]");
  if (key === " " && free(list)) return press(list, "[data-peek]");
  if (key === "o") return press(list, "[data-open-item]");
  if (key === "x") return press(list, 'input[type="checkbox"]');
  return false;
}

document.addEventListener("focusin", (event) => {
  const item = event.target.closest("[data-item]");
  if (!item || item.classList.contains("is-selected")) return;
  for (const other of item.closest("[data-list]")?.querySelectorAll("[data-item].is-selected") ?? []) mark(other, false);
  mark(item, true);
});
