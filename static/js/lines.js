// Rows of a formset: <… data-lines="prefix"> with [data-rows], <template> of one row (__prefix__), [data-line-add], in a row
// [data-line-number] [data-line-qty] [data-line-price] [data-line-unit] [data-line-amount] [data-line-remove]
// [data-line-fill="spec"] (takes the option's data-spec); [data-total] shows the
// sum. With data-grow, Enter at the end of the last line makes a new one, and a line picked from a list is marked data-listed: what the
// list says of it, [data-line-fixed] ([data-line-fixed="code"] only with a code), can then not be typed over. data-price-from marks the field whose chosen option carries data-price, data-unit. The server's sum rules; this is a preview.
import { added, bind } from "./bind.js";
import { composing } from "./keys.js";
import { toast } from "./toast.js";
import { word } from "./words.js";

/** "１,250.50" → 1250500 thousandths; NaN if no number. */
export function thousandths(text) {
  const plain = String(text).normalize("NFKC").replace(/[,\s¥]/g, "");
  return /^\d+(\.\d{1,3})?$/.test(plain) ? Math.round(Number(plain) * 1000) : NaN;
}

/** 125000 cents → 1,250.00 */
export const yuan = (cents) => (cents / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const rowsOf = (lines) => [...lines.querySelectorAll("[data-rows] > *")];
const totalForms = (lines) => lines.querySelector('input[name$="-TOTAL_FORMS"]');
const gone = (row) => row.hidden;

function amount(row) {
  const read = (name) => {
    const box = row.querySelector(`[${name}]`);
    return box ? thousandths(box.value ?? box.textContent) : 1000;
  };
  const product = (read("data-line-price") / 10) * read("data-line-qty");
  return Number.isNaN(product) ? null : Math.round(product / 1000);
}

function count(lines) {
  let sum = 0;
  for (const row of rowsOf(lines).filter((each) => !gone(each))) {
    const cents = amount(row);
    const shown = row.querySelector("[data-line-amount]");
    if (shown) shown.textContent = cents === null ? "" : yuan(cents);
    sum += cents ?? 0;
  }
  const total = lines.querySelector("[data-total]");
  if (total) total.textContent = `¥${yuan(sum)}`;
  number(lines);
}

function number(lines) {
  rowsOf(lines).filter((row) => !gone(row)).forEach((row, n) => {
    const box = row.querySelector("[data-line-number]");
    if (box) box.textContent = n + 1;
  });
}

function add(lines) {
  const total = totalForms(lines);
  const html = lines.querySelector("template").innerHTML.replaceAll("__prefix__", total.value);
  const box = document.createElement(lines.querySelector("[data-rows]").tagName);
  box.innerHTML = html;
  const row = box.firstElementChild;
  lines.querySelector("[data-rows]").append(row);
  total.value = Number(total.value) + 1;
  added(row);
  count(lines);
  return row;
}

function remove(lines, row) {
  const flag = row.querySelector('input[name$="-DELETE"]');
  const at = rowsOf(lines).filter((each) => !gone(each)).indexOf(row) + 1;
  row.hidden = true;
  if (flag) flag.type === "checkbox" ? (flag.checked = true) : (flag.value = "on");
  count(lines);
  const undo = () => {
    row.hidden = false;
    if (flag) flag.type === "checkbox" ? (flag.checked = false) : (flag.value = "");
    count(lines);
  };
  toast(word("removedLine", at), { label: word("undo"), act: undo });
}

function filled(event) {
  const row = event.target.closest("[data-rows] > *");
  const from = event.target.matches("[data-price-from]") ? event.target : event.target.closest("[data-price-from]");
  const facts = event.detail?.price ? event.detail : from?.selectedOptions?.[0]?.dataset;
  if (!row || !from || !facts?.price) return;
  const price = row.querySelector("[data-line-price]");
  price.value === undefined ? (price.textContent = facts.price) : (price.value = facts.price);
  const unit = row.querySelector("[data-line-unit]");
  if (unit) unit.textContent = facts.unit ?? "";
  for (const box of row.querySelectorAll("[data-line-fill]")) box.value = facts[box.dataset.lineFill] ?? "";
  listed(row, true, Boolean(facts.code));
}

function listed(row, on, coded = false) {
  row.toggleAttribute("data-listed", on);
  for (const box of row.querySelectorAll("[data-line-fixed]")) box.readOnly = on && (coded || box.dataset.lineFixed !== "code");
}

/** Enter in the last field of the last line: a new line, unless this one is still empty. */
function grow(lines, event) {
  if (event.key !== "Enter" || event.defaultPrevented || composing(event) || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const row = rowsOf(lines).filter((each) => !gone(each)).pop();
  const stops = [...(row?.querySelectorAll("input, select") ?? [])].filter((each) => !each.readOnly && each.type !== "hidden" && each.getClientRects().length);
  if (event.target !== stops[stops.length - 1] || event.target.getAttribute("aria-expanded") === "true") return;
  if (!row.querySelector('input:not([type="hidden"])').value.trim()) return;
  event.preventDefault();
  first(add(lines));
}

const first = (row) => row.querySelector("input:not([type=hidden]), select")?.focus();

bind("[data-lines]", (lines) => {
  lines.addEventListener("input", () => count(lines));
  for (const chosen of ["change", "repairdesk:chosen"])
    lines.addEventListener(chosen, (event) => {
      filled(event);
      const row = event.target.closest("[data-rows] > *");
      if (chosen !== "change" && row && !event.detail?.price) listed(row, false);
      if (event.target.name?.endsWith("-DELETE") && row) row.hidden = event.target.value === "on" || event.target.checked === true;
      count(lines);
    });
  if ("grow" in lines.dataset) lines.addEventListener("keydown", (event) => grow(lines, event));
  lines.addEventListener("click", (event) => {
    if (event.target.closest("[data-line-add]")) first(add(lines));
    const off = event.target.closest("[data-line-remove]");
    if (!off) return;
    remove(lines, off.closest("[data-rows] > *"));
    if ("grow" in lines.dataset && rowsOf(lines).every(gone)) first(add(lines));
  });
  // A draft may hold more rows than the page: make them before it fills them in.
  lines.closest("form")?.addEventListener("repairdesk:draft", (event) => {
    const wanted = Number(event.detail[totalForms(lines).name]?.[0] ?? 0);
    while (Number(totalForms(lines).value) < wanted) add(lines);
  });
  count(lines);
});
