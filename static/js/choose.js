// <form data-choose>: rows with a check box; [data-choose-all] ticks all of them, the button [data-choose-words="合并 {0} 件"] says in
// [data-choose-n] how many are ticked, and what it says without any while none is.
import { bind } from "./bind.js";

bind("form[data-choose]", (form) => {
  const boxes = () => [...form.querySelectorAll('[data-item] input[type="checkbox"]')].filter((box) => !box.disabled);
  const all = form.querySelector("[data-choose-all]");
  const button = form.querySelector("[data-choose-words]");
  const place = form.querySelector("[data-choose-n]");
  const none = place?.textContent;
  const count = () => {
    const every = boxes();
    const ticked = every.filter((box) => box.checked).length;
    if (place) place.textContent = ticked ? button.dataset.chooseWords.replace("{0}", ticked) : none;
    if (!all) return;
    all.checked = ticked > 0 && ticked === every.length;
    all.indeterminate = ticked > 0 && ticked < every.length;
  };
  form.addEventListener("change", ({ target }) => {
    if (target === all) for (const box of boxes()) box.checked = all.checked;
    count();
  });
  count();
});
