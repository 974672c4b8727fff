// After a refused save: the summary has the focus, the title says so, a link goes into its field.
import { bind } from "./bind.js";
import { word } from "./words.js";

bind("[data-errors]", (card) => {
  if (!card.closest("dialog") && !document.title.startsWith(word("wrong"))) document.title = word("wrong") + document.title;
  card.focus();
  card.scrollIntoView({ block: "nearest" });
  card.addEventListener("click", (event) => {
    const field = document.getElementById(event.target.closest("a")?.hash.slice(1) ?? "");
    if (!field) return;
    event.preventDefault();
    field.focus();
  });
});
