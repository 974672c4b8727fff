// <details class="menu"><summary class="btn">更多</summary><div class="menu__list">…: closes on Esc, outside and after a choice.
const open = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of open()) if (!menu.contains(event.target) || event.target.closest(".menu__list a, .menu__list button")) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const menu = document.activeElement?.closest("details.menu[open]");
  if (!menu) return;
  const all = [...menu.querySelectorAll(".menu__list a, .menu__list button")];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (step) all[(all.indexOf(document.activeElement) + step + all.length) % all.length]?.focus();
  else return;
  event.preventDefault();
});
