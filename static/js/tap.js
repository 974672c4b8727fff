// <input type="hidden" data-tap> in a form: the moment its button was pressed, by the server's clock. Once set it stays, so that a
// resend says the same; a page that comes back from the browser's memory begins anew.
import { now } from "./now.js";

const taps = (root) => root.querySelectorAll("input[data-tap]");

document.addEventListener("submit", (event) => {
  for (const input of taps(event.target)) input.value ||= new Date(now()).toISOString();
}, true);
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const input of taps(document)) input.value = "";
});
