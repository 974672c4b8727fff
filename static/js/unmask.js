// <span data-phone><span data-number>138****8021</span> <button data-unmask="/…/unmask/" [data-call]>…: the POST answers {"number": "…"};
// the number is shown for 60 s, copied, and with data-call dialled.
import { send } from "./ask.js";
import { say, word } from "./words.js";
import { showTrouble } from "./trouble.js";

const SHOWN = 60_000;

async function numberOf(response) {
  const text = await response.text();
  return (response.headers.get("content-type") ?? "").includes("json") ? JSON.parse(text).number : text.trim();
}

function show(box, number) {
  const masked = box.dataset.masked ?? box.textContent;
  box.dataset.masked = masked;
  box.textContent = number;
  clearTimeout(box.timer);
  box.timer = setTimeout(() => {
    box.textContent = masked;
  }, SHOWN);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-unmask]");
  if (!button) return;
  event.preventDefault();
  try {
    const number = await numberOf(await send(button.dataset.unmask));
    const box = (button.closest("[data-phone]") ?? document).querySelector("[data-number]");
    if (box) show(box, number);
    say(word("numberShown"));
    await navigator.clipboard?.writeText(number).catch(() => {});
    if ("call" in button.dataset) location.assign(`tel:${number}`);
  } catch (error) {
    showTrouble(error, button);
  }
});
