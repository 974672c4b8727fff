// <button data-reveal="id_password" hidden>: show and hide a password.
import { bind } from "./bind.js";
import { icon, word } from "./words.js";

bind("[data-reveal]", (button) => {
  const field = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  button.addEventListener("click", () => {
    const on = field.type === "password";
    field.type = on ? "text" : "password";
    button.setAttribute("aria-pressed", String(on));
    button.querySelector("svg").replaceWith(icon(on ? "eye-off" : "eye"));
    button.querySelector("span").textContent = word(on ? "passwordHide" : "passwordShow");
    field.focus();
  });
  field.form?.addEventListener("submit", () => {
    field.type = "password";
  });
});
