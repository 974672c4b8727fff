// The list under a cell of the grid (ARIA combobox, one list for all cells): rooms, parts, usual faults; found by word, pinyin or initials.
import { Listbox } from "./listbox.js";

const SHOWN = 9;
const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/[\s\-_./]/g, "");

/** How well an option fits what was typed: 3 the word itself, 2 a word begins so, 1 it stands within, 0 not at all. */
function fit(option, typed) {
  const label = plain(option.label);
  if (label === typed || option.value === typed) return 3;
  const words = option.search.split(" ");
  if (words.includes(typed)) return 3;
  if (words.some((word) => word.startsWith(typed))) return 2;
  return label.includes(typed) || words.some((word) => word.includes(typed)) ? 1 : 0;
}

/** The options that fit, the best first. */
export function fitting(options, text) {
  const typed = plain(text);
  if (!typed) return options;
  const scored = options.map((option) => [fit(option, typed), option]).filter(([score]) => score);
  return scored.sort((one, other) => other[0] - one[0]).map(([, option]) => option);
}

/** The one option that is meant, or null. */
export function meant(options, text) {
  const found = fitting(options, text);
  const best = found.length ? fit(found[0], plain(text)) : 0;
  return best && found.filter((option) => fit(option, plain(text)) === best).length === 1 ? found[0] : null;
}

export class Picker {
  constructor(list, chosen) {
    Object.assign(this, { list, chosen, input: null, box: null, options: [] });
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const item = event.target.closest('[role="option"]');
      if (item) this.choose(item);
    });
    for (const moved of ["scroll", "resize"]) addEventListener(moved, () => this.place(), { passive: true, capture: true });
  }

  get open() {
    return !this.list.hidden;
  }

  /** Give a cell the part of a combobox. */
  dress(input) {
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-controls", this.list.id);
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("autocomplete", "off");
    input.spellcheck = false;
  }

  /** Show these options under the cell; `first`: the first one is what Enter takes. */
  show(input, options, first = true) {
    if (this.input !== input) this.hide();
    this.options = options.slice(0, SHOWN);
    if (!this.options.length) return this.hide();
    this.input = input;
    this.box = new Listbox(input, this.list);
    this.list.replaceChildren(...this.options.map((option, n) => this.item(option, n)));
    this.list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    this.place();
    this.box.point(first ? this.list.firstElementChild : null);
  }

  item(option, n) {
    const item = document.createElement("li");
    const label = document.createElement("span");
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.id = `grid-option-${n}`;
    item.dataset.n = n;
    label.textContent = option.label;
    item.append(label);
    if (option.warranty) {
      const small = document.createElement("small");
      small.textContent = `${option.warranty} ${option.who}`;
      item.append(small);
    }
    return item;
  }

  // Fixed, so that neither the table's box nor the bar below cuts it off; above the cell where there is no room below.
  place() {
    if (!this.open || !this.input) return;
    const cell = this.input.getBoundingClientRect();
    const height = this.list.offsetHeight;
    const below = innerHeight - cell.bottom > height + 8 || cell.top < height + 8;
    this.list.style.left = `${Math.max(4, Math.min(cell.left, innerWidth - this.list.offsetWidth - 4))}px`;
    this.list.style.top = `${below ? cell.bottom + 2 : cell.top - height - 2}px`;
  }

  hide() {
    this.list.hidden = true;
    this.box?.point(null);
    this.input?.setAttribute("aria-expanded", "false");
    this.input = null;
  }

  move(by) {
    this.box.move(by);
  }

  /** Take the active option; false where there is none. */
  take() {
    if (!this.open || !this.box.active) return false;
    this.choose(this.box.active);
    return true;
  }

  choose(item) {
    const input = this.input;
    const option = this.options[Number(item.dataset.n)];
    this.hide();
    this.chosen(input, option);
  }
}
