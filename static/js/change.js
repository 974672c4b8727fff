// <input data-given="ID of the amount"> beside <output data-back="找零 {0}" data-short="还差 {0}">: what goes back over the counter.
// A help only: neither is sent. <form data-tick> with check boxes that carry data-amount and <output data-tick-sum>: what the ticked make.
import { bind } from "./bind.js";
import { thousandths, yuan } from "./lines.js";

bind("input[data-given]", (given) => {
  const amount = document.getElementById(given.dataset.given);
  const shown = given.closest("[data-till]")?.querySelector("output");
  if (!amount || !shown) return;
  const count = () => {
    const rest = (thousandths(given.value) - thousandths(amount.value)) / 10;
    const words = rest < 0 ? shown.dataset.short : shown.dataset.back;
    shown.textContent = Number.isNaN(rest) ? "" : words.replace("{0}", `¥${yuan(Math.abs(rest))}`);
  };
  for (const field of [given, amount]) field.addEventListener("input", count);
});

bind("[data-tick]", (form) => {
  const boxes = () => [...form.querySelectorAll("input[data-amount]")].filter((box) => box.checked);
  form.addEventListener("change", () => {
    const cents = boxes().reduce((sum, box) => sum + thousandths(box.dataset.amount) / 10, 0);
    form.querySelector("[data-tick-sum]").textContent = `¥${yuan(cents)}`;
  });
});
