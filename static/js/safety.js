// <div data-safety> with check boxes, one a line of a safety script, and an <input data-safety-times> in the same form: when each line was
// ticked, by the server's clock; kept there while the list comes again. Digits tick (fields.js); [data-safety-jump] leads to the next line.
import { bind } from "./bind.js";
import { clockText, now } from "./now.js";

const timesOf = (field) => new Map(field.value.split(" ").filter(Boolean).map((pair) => pair.split("=")));
const boxes = (root) => [...root.querySelectorAll('input[type="checkbox"]')].filter((box) => !box.disabled);

function show(box, at) {
  const place = box.closest("li").querySelector("[data-ticked]");
  if (place) place.textContent = at ? clockText(Date.parse(at)) : "";
}

bind("[data-safety]", (list) => {
  const field = list.closest("form")?.querySelector("[data-safety-times]");
  if (!field) return;
  for (const box of boxes(list)) {
    const at = timesOf(field).get(box.value);
    box.checked = box.checked || Boolean(at);
    show(box, at);
  }
  list.addEventListener("change", ({ target: box }) => {
    if (box.type !== "checkbox") return;
    const times = timesOf(field);
    if (box.checked) times.set(box.value, new Date(now()).toISOString());
    else times.delete(box.value);
    field.value = [...times].map((pair) => pair.join("=")).join(" ");
    show(box, times.get(box.value));
  });
});

bind("[data-safety-jump]", (button) => {
  button.addEventListener("click", () => {
    const open = boxes(button.closest("[data-safety-panel]") ?? document).filter((box) => box.getClientRects().length > 0);
    (open.find((box) => !box.checked) ?? open[0])?.focus();
  });
});
