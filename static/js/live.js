// <… data-live-src="/board/?part=list" [data-live-id="383"]>: fetched again when the pulse says that something changed. Nothing moves
// under the hand: while the pointer or the focus is in it or a dialog is open, the news waits behind 有 n 项更新; only clocks and chips
// of the rows that are there change. Rows are <… data-item id=…>; an unchanged row keeps its element, its selection and its focus.
import { fragment } from "./ask.js";
import { added, bind } from "./bind.js";
import { cursor, select } from "./list.js";
import { word } from "./words.js";

const hovers = matchMedia("(hover: hover)");
const regions = new Set();

function parse(html, id) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const same = id && template.content.querySelector(`#${CSS.escape(id)}`);
  return same || template.content;
}

const rows = (root) => [...root.querySelectorAll("[data-item][id]")];

/** What a row says, without its running clock and who calls it just now. */
function signature(row) {
  const copy = row.cloneNode(true);
  for (const mark of copy.querySelectorAll("[data-caller]")) mark.remove();
  for (const time of copy.querySelectorAll("time[data-due]")) time.textContent = time.dataset.due;
  return copy.textContent.replace(/\s+/g, " ").trim();
}

class Region {
  constructor(root) {
    this.root = root;
    this.fetching = false;
    this.again = false;
    this.waiting = null;
    this.own = false;
    for (const calm of ["pointerleave", "focusout"]) root.addEventListener(calm, () => setTimeout(() => this.settle(), 50));
  }

  concerns(ids) {
    const own = this.root.dataset.liveId?.split(",");
    return !own || ids.some((id) => own.includes(String(id)));
  }

  get busy() {
    const focused = this.root.contains(document.activeElement) && document.activeElement !== this.root;
    return focused || (hovers.matches && this.root.matches(":hover")) || Boolean(document.querySelector("dialog[open]"));
  }

  async refresh(own = false) {
    this.own ||= own;
    if (this.fetching) {
      this.again = true;
      return;
    }
    this.fetching = true;
    this.again = false;
    const now = this.own;
    this.own = false;
    try {
      const html = await fragment(this.root.dataset.liveSrc, { target: this.root.id });
      if (this.root.isConnected) now ? this.renewed(html) : this.arrived(html);
    } catch {
      /* what was there stays; the amber line tells how old it is */
    }
    this.fetching = false;
    if (this.again) this.refresh();
  }

  /** After an act of one's own nothing waits; the focus goes to its row, or to the one that took its place. */
  renewed(html) {
    const held = cursor(this.root);
    const at = rows(this.root).indexOf(held);
    const had = this.root.contains(document.activeElement);
    this.apply(parse(html, this.root.id));
    const row = held && (document.getElementById(held.id) ?? rows(this.root)[Math.max(at, 0)] ?? rows(this.root).pop());
    if (row && had) select(row);
  }

  arrived(html) {
    const fresh = parse(html, this.root.id);
    if (!this.busy) return this.apply(fresh);
    this.waiting = html;
    const n = this.touch(fresh);
    if (n) this.offer(n);
    else this.button?.remove(); // no row moves: shown as soon as the hand is away
  }

  /** Change clocks and chips in place; give the number of rows that have to wait. */
  touch(fresh) {
    const before = new Map(rows(this.root).map((row) => [row.id, row]));
    const after = rows(fresh);
    let n = [...before.keys()].filter((id) => !after.some((row) => row.id === id)).length;
    for (const row of after) {
      const old = before.get(row.id);
      if (old && signature(old) === signature(row)) continue;
      n += 1;
      if (old) swapParts(old, row);
    }
    return n;
  }

  offer(n) {
    this.button ??= this.makeButton();
    const kbd = document.createElement("kbd");
    Object.assign(kbd, { className: "kbd", textContent: "U" });
    this.button.replaceChildren(word("fresh", n), kbd);
    if (!this.button.isConnected) this.root.before(this.button);
  }

  makeButton() {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "fresh" });
    button.dataset.key = "u";
    button.addEventListener("click", () => {
      this.apply(parse(this.waiting, this.root.id));
      const row = cursor(this.root) ?? this.root.querySelector("[data-item]");
      row ? select(row) : this.root.querySelector("h2")?.focus();
    });
    return button;
  }

  drop() {
    this.waiting = null;
    this.button?.remove();
  }

  settle() {
    if (this.waiting && !this.busy) this.apply(parse(this.waiting, this.root.id));
  }

  apply(fresh) {
    const before = new Map(rows(this.root).map((row) => [row.id, row]));
    const held = this.root.contains(document.activeElement) ? document.activeElement : null;
    for (const row of rows(fresh)) {
      const old = before.get(row.id);
      if (!old) continue;
      if (signature(old) === signature(row)) row.replaceWith(old);
      else if (old.classList.contains("is-selected")) row.classList.add("is-selected");
    }
    this.root.replaceChildren(...fresh.childNodes);
    this.drop();
    added(this.root);
    if (held?.isConnected) held.focus({ preventScroll: true });
  }
}

function swapParts(old, fresh) {
  const clock = fresh.querySelector(".clock");
  if (clock) old.querySelector(".clock")?.replaceWith(clock.cloneNode(true));
  const title = old.querySelector(".row__title");
  if (title) {
    for (const chip of title.querySelectorAll(".chip")) chip.remove();
    title.append(...[...fresh.querySelectorAll(".row__title .chip")].map((chip) => chip.cloneNode(true)));
  }
  added(old);
}

/** Fetch every region again and show it at once: the person here has just changed something. */
export function renew() {
  for (const region of regions) if (region.root.isConnected) region.refresh(true);
}

bind("[data-live-src]", (root) => regions.add(new Region(root)));

document.addEventListener("repairdesk:pulse", (event) => {
  for (const region of regions) {
    if (!region.root.isConnected) regions.delete(region);
    else if (region.concerns(event.detail.changed)) region.refresh();
  }
});
document.addEventListener("close", () => [...regions].forEach((region) => region.settle()), true);
