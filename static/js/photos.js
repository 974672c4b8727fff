// <div class="shots shots--form" data-photos data-max="9"><label class="ph ph--add"><input type="file" accept="image/*" multiple name=…>
// Pictures are scaled to 1600 px JPEG in the browser (without EXIF; the time is kept as the file's time), previewed and removable.
import { bind } from "./bind.js";
import { fromTemplate, icon, say, word } from "./words.js";

const EDGE = 1600;
const QUALITY = 0.8;

/** A picture as a JPEG file of at most 1600 px. */
export async function scaled(file) {
  const picture = await createImageBitmap(file);
  const factor = Math.min(1, EDGE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * factor);
  canvas.height = Math.round(picture.height * factor);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  return new File([blob], `${file.name.replace(/\.\w+$/, "") || "photo"}.jpg`, { type: "image/jpeg", lastModified: file.lastModified });
}

class Photos {
  constructor(root) {
    this.root = root;
    this.input = root.querySelector('input[type="file"]');
    this.files = [];
    this.input.addEventListener("change", () => this.take([...this.input.files]));
    root.addEventListener("dragover", (event) => this.over(event, true));
    root.addEventListener("dragleave", (event) => this.over(event, false));
    root.addEventListener("drop", (event) => {
      this.over(event, false);
      this.take([...event.dataTransfer.files]);
    });
    root.addEventListener("click", (event) => this.off(event));
  }

  /** How many new photos there is room for beside those that were kept and are not struck off. */
  get max() {
    return Number(this.root.dataset.max ?? 9) - this.root.querySelectorAll("[data-kept]:not(:checked)").length;
  }

  over(event, on) {
    event.preventDefault();
    this.root.classList.toggle("is-over", on);
  }

  complain(sentence) {
    let note = this.root.parentElement.querySelector("[data-photo-note]");
    if (!note) {
      note = fromTemplate("trouble");
      note.dataset.photoNote = "";
      this.root.before(note);
    }
    note.querySelector("b").textContent = sentence;
  }

  async take(chosen) {
    this.root.parentElement.querySelector("[data-photo-note]")?.remove();
    this.root.setAttribute("aria-busy", "true");
    for (const file of chosen) {
      if (this.files.length >= this.max) {
        this.complain(word("tooMany", this.max));
        break;
      }
      try {
        this.add(await scaled(file));
      } catch {
        this.complain(word("notPhoto", file.name));
      }
    }
    this.root.removeAttribute("aria-busy");
    this.hand();
  }

  add(file) {
    this.files.push(file);
    const figure = document.createElement("figure");
    const picture = document.createElement("img");
    const off = document.createElement("button");
    picture.src = URL.createObjectURL(file);
    picture.alt = "";
    picture.onload = () => URL.revokeObjectURL(picture.src);
    Object.assign(off, { type: "button", className: "shots__off" });
    off.setAttribute("aria-label", word("photoOff", this.files.length));
    off.append(icon("close"));
    figure.append(picture, off);
    figure.photo = file;
    this.root.querySelector(".ph--add").before(figure);
  }

  off(event) {
    const figure = event.target.closest(".shots__off")?.closest("figure");
    if (!figure?.photo) return;
    event.preventDefault();
    this.files = this.files.filter((file) => file !== figure.photo);
    figure.remove();
    this.hand();
    this.input.focus();
  }

  // The scaled pictures take the place of the chosen files, so that an ordinary form sends them.
  hand() {
    const carrier = new DataTransfer();
    for (const file of this.files) carrier.items.add(file);
    this.input.files = carrier.files;
    say(String(this.files.length));
  }
}

const all = new Set();
bind("[data-photos]", (root) => all.add(new Photos(root)));

document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
  const here = [...all].filter((photos) => photos.root.isConnected);
  const form = event.target.closest?.("form, dialog");
  const photos = here.find((each) => form?.contains(each.root)) ?? (here.length === 1 ? here[0] : null);
  if (!files.length || !photos) return;
  event.preventDefault();
  photos.take(files);
});
