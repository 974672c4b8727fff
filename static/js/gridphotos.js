// Photos of a line of the grid: scaled in the browser, sent by themselves, counted in the cell, looked at and taken out in a dialog.
import { send } from "./ask.js";
import { open } from "./dialog.js";
import { scaled } from "./photos.js";
import { showTrouble } from "./trouble.js";
import { icon, word } from "./words.js";

const MOST = 9;

/** Show how many photos a line has. */
export function count(row, photos) {
  const button = row.querySelector("[data-shots]");
  button.photos = photos;
  button.hidden = !photos.length;
  button.textContent = word("shotsOf", photos.length);
}

function figure(photo, gone) {
  const box = document.createElement("figure");
  const picture = document.createElement("img");
  const off = document.createElement("button");
  picture.src = photo.url;
  picture.alt = "";
  Object.assign(off, { type: "button", className: "shots__off" });
  off.setAttribute("aria-label", word("photoOff", ""));
  off.append(icon("close"));
  off.addEventListener("click", async () => {
    try {
      await send(photo.url);
      box.remove();
      gone(photo);
    } catch (trouble) {
      showTrouble(trouble, off);
    }
  });
  box.append(picture, off);
  return box;
}

/** Listen for photos added to and looked at in the rows of a grid. */
export function photosOf(form, body, { key, heard }) {
  body.addEventListener("change", async (event) => {
    const input = event.target.closest("[data-add-photos]");
    if (!input?.files.length) return;
    const row = input.closest("[data-line]");
    const fields = new FormData();
    fields.append("key", key(row));
    row.setAttribute("aria-busy", "true");
    try {
      for (const file of [...input.files].slice(0, MOST)) fields.append("photos", await scaled(file));
      heard(await (await send(form.dataset.photosUrl, fields)).json());
    } catch (trouble) {
      showTrouble(trouble.sentence ? trouble : { status: 415, sentence: word("notPhoto", input.files[0]?.name ?? "") });
    }
    row.removeAttribute("aria-busy");
    input.value = "";
  });
  body.addEventListener("click", (event) => {
    const button = event.target.closest("[data-shots]");
    if (!button) return;
    const row = button.closest("[data-line]");
    const list = document.querySelector("#shots [data-shots-list]");
    const left = (photo) => count(row, button.photos.filter((one) => one !== photo));
    list.replaceChildren(...button.photos.map((photo) => figure(photo, left)));
    open(document.getElementById("shots"), button);
  });
}
