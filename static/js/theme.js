// Light, dark or the computer's own: switched at once, kept by the server in the background, so that no typed text is lost.
import { send } from "./ask.js";

const html = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

/** The theme in force: light or dark. */
export const themeNow = () => (html.dataset.theme === "system" ? (dark.matches ? "dark" : "light") : html.dataset.theme);

function tellBrowser() {
  let meta = document.querySelector('meta[name="theme-color"]');
  if (!meta) {
    meta = document.createElement("meta");
    meta.name = "theme-color";
    document.head.append(meta);
  }
  meta.content = getComputedStyle(html).getPropertyValue("--canvas").trim();
  document.dispatchEvent(new CustomEvent("repairdesk:theme", { detail: themeNow() }));
}

document.addEventListener("submit", (event) => {
  const chosen = event.submitter;
  if (!event.target.matches("[data-theme-form]") || chosen?.name !== "theme") return;
  event.preventDefault();
  html.dataset.theme = chosen.value;
  for (const button of event.target.querySelectorAll('[name="theme"]')) button.setAttribute("aria-pressed", button === chosen);
  tellBrowser();
  send(event.target.action, { theme: chosen.value }).catch(() => event.target.submit());
});
dark.addEventListener("change", tellBrowser);
tellBrowser();
