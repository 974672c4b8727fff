// A step done in the dialog (HX-Trigger step:done {url, message, paper: {label, url}, then}): confirmed in a toast, which offers the paper
// to print. Lists and cards are fetched again at once; a page that shows the record's next step is loaded anew, its confirmation kept for
// it. `then` is the dialog that opens next.
import { load } from "./dialog.js";
import { renew } from "./live.js";
import { toast } from "./toast.js";

const SHELF = "said";
const kept = sessionStorage.getItem(SHELF);
if (kept) {
  sessionStorage.removeItem(SHELF);
  confirm(JSON.parse(kept));
}

function confirm({ message, paper }) {
  toast(message, paper ? { label: paper.label, act: () => location.assign(paper.url) } : {});
}

document.addEventListener("step:done", ({ detail }) => {
  const { url, message, paper, then } = detail ?? {};
  if (document.getElementById("next") && url) {
    if (message) sessionStorage.setItem(SHELF, JSON.stringify({ message, paper }));
    const there = new URL(url, location.href);
    there.pathname === location.pathname ? location.reload() : location.assign(there);
    return;
  }
  confirm({ message, paper });
  renew();
  // Not before this dialog has closed, which follows in the same turn.
  if (then) setTimeout(() => load(then));
});

// <button data-print>: this page on paper, by the rules of css/print.css.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});
