// <span data-side-n="board"><b>2</b><span>项超时</span></span>: the numbers beside the places follow the pulse (repairdesk:side: {name: [open, late]}).
// On a phone 更多 opens the side bar as a sheet; without a script the link #side does the same through :target.
const side = document.getElementById("side");
let opener = null;

function others() {
  return [...document.querySelectorAll("main, .top, .tabbar")];
}

function toggle(on) {
  side.classList.toggle("is-open", on);
  for (const element of others()) element.inert = on;
  if (on) side.querySelector("[data-side-close]").focus();
  else opener?.focus();
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-side-open], [data-side-close]");
  if (!target || !side) return;
  event.preventDefault();
  const on = target.matches("[data-side-open]");
  if (on) opener = target;
  toggle(on);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && side?.classList.contains("is-open")) toggle(false);
});

function renumber(box, [open, late]) {
  const kind = box.classList[0];
  box.hidden = !open && !late;
  box.classList.toggle(`${kind}--late`, Boolean(late));
  box.querySelector("b").textContent = late || open;
  box.querySelector(".vh").hidden = !late;
}

document.addEventListener("repairdesk:side", ({ detail }) => {
  for (const box of document.querySelectorAll("[data-side-n]")) if (detail[box.dataset.sideN]) renumber(box, detail[box.dataset.sideN]);
});
