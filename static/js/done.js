// A step done in the dialog (HX-Trigger step:done {url, message}): confirmed in a toast. Lists and cards are fetched again at once;
// a page that shows the record's next step is loaded anew, its confirmation kept for it.
import { renew } from "./live.js";
import { toast } from "./toast.js";

const SHELF = "said";
const kept = sessionStorage.getItem(SHELF);
if (kept) {
  sessionStorage.removeItem(SHELF);
  toast(kept);
}

document.addEventListener("step:done", ({ detail }) => {
  const { url, message } = detail ?? {};
  if (document.getElementById("next") && url) {
    if (message) sessionStorage.setItem(SHELF, message);
    const there = new URL(url, location.href);
    there.pathname === location.pathname ? location.reload() : location.assign(there);
    return;
  }
  toast(message);
  renew();
});

// <button data-print>: this page on paper, by the rules of css/print.css.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});
