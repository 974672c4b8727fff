// The option list under a text field (ARIA combobox): which option is active, and what the field says about it.
let count = 0;

export class Listbox {
  constructor(input, list) {
    Object.assign(this, { input, list, active: null });
  }

  get options() {
    return [...this.list.querySelectorAll('[role="option"]:not([aria-disabled="true"]):not([hidden])')];
  }

  /** Make an option the active one (null: none). */
  point(option) {
    this.active?.setAttribute("aria-selected", "false");
    this.active = option ?? null;
    if (!option) return this.input.removeAttribute("aria-activedescendant");
    option.id ||= `option-${++count}`;
    option.setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  move(by) {
    const all = this.options;
    const at = all.indexOf(this.active);
    this.point(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length]);
  }

  /** Show what the server answered; the first option becomes active, unless it is only near what was typed. */
  fill(html) {
    this.list.innerHTML = html;
    this.point(this.guess ? null : this.options[0]);
  }

  /** Are these only like what was typed? Then Enter must not take one unseen. */
  get guess() {
    return Boolean(this.options[0]?.hasAttribute("data-near"));
  }
}
