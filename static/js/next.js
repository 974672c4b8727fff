// The next step changed under you: #next-changed[data-next-was] knows which step the panel of this page takes; the ticket's state, fetched
// again after a pulse, carries <span data-next-now data-next-label data-next-by>. Where they differ it is said, and what is typed stays.
import { bind } from "./bind.js";
import { word } from "./words.js";

const note = document.getElementById("next-changed");

bind("[data-next-now]", ({ dataset }) => {
  if (!note) return;
  note.hidden = dataset.nextNow === note.dataset.nextWas;
  note.querySelector("b").textContent = dataset.nextBy;
  note.querySelector("p").textContent = dataset.nextLabel ? word("nextIs", dataset.nextLabel) : word("nextNone");
  if (note.hidden) return;
  // Enter now shows the new step; of the old one the button stays.
  note.querySelector("a").dataset.key = "Enter";
  for (const old of document.querySelectorAll("#next [data-key='Enter']")) {
    (old.matches("kbd") ? old : old.querySelector("kbd")).remove();
    delete old.dataset.key;
  }
});
