// <div data-signature><div class="sig"><canvas></canvas></div><input type="hidden" name=…>[data-sign-again] [data-signed]</div>
// The hidden field holds strokes as JSON [[[x, y], …], …], both 0 to 1 of the pad's size; at least data-min (2) strokes.
import { bind } from "./bind.js";
import { word } from "./words.js";

const round = (n) => Math.round(Math.min(Math.max(n, 0), 1) * 1000) / 1000;

class Pad {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.field = root.querySelector('input[type="hidden"]');
    this.strokes = this.kept();
    this.drawing = null;
    this.listen();
    new ResizeObserver(() => this.fit()).observe(this.canvas);
    this.fit();
  }

  kept() {
    try {
      return JSON.parse(this.field.value) ?? [];
    } catch {
      return [];
    }
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.draw(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => this.end());
    this.root.querySelector("[data-sign-again]")?.addEventListener("click", () => this.again());
    document.addEventListener("repairdesk:theme", () => this.paint());
    this.root.closest("form")?.addEventListener("submit", (event) => this.check(event), true);
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [round((event.clientX - box.left) / box.width), round((event.clientY - box.top) / box.height)];
  }

  begin(event) {
    if (event.button) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.drawing = [this.at(event)];
    this.strokes.push(this.drawing);
  }

  draw(event) {
    if (!this.drawing) return;
    const points = event.getCoalescedEvents?.() ?? [];
    for (const each of points.length ? points : [event]) this.drawing.push(this.at(each));
    this.paint();
  }

  end() {
    if (!this.drawing) return;
    if (this.drawing.length < 3) this.strokes.pop();
    this.drawing = null;
    this.keep();
  }

  again() {
    this.strokes = [];
    this.keep();
    this.canvas.focus();
  }

  keep() {
    this.field.value = this.strokes.length ? JSON.stringify(this.strokes) : "";
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
    this.root.querySelector(".sig").classList.remove("sig--bad");
    const said = this.root.querySelector("[data-signed]");
    if (said) said.textContent = this.strokes.length ? word("signed", this.strokes.length) : "";
    this.paint();
  }

  fit() {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(this.canvas.clientWidth * ratio);
    this.canvas.height = Math.round(this.canvas.clientHeight * ratio);
    this.paint();
  }

  paint() {
    const { width, height } = this.canvas;
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, width, height);
    pen.strokeStyle = getComputedStyle(this.canvas).getPropertyValue("--sig-ink");
    Object.assign(pen, { lineWidth: 3 * (window.devicePixelRatio || 1), lineCap: "round", lineJoin: "round" });
    for (const stroke of this.strokes) {
      pen.beginPath();
      stroke.forEach(([x, y], n) => (n ? pen.lineTo(x * width, y * height) : pen.moveTo(x * width, y * height)));
      pen.stroke();
    }
  }

  // "Signed on paper" needs no strokes: the form marks that choice with data-on-paper.
  check(event) {
    const form = event.target;
    if (form.querySelector("[data-on-paper]:checked") || event.submitter?.matches("[data-on-paper]")) return;
    if (!this.root.hasAttribute("data-required") || this.strokes.length >= Number(this.root.dataset.min ?? 2)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.root.querySelector(".sig").classList.add("sig--bad");
    const said = this.root.querySelector("[data-signed]");
    if (said) said.textContent = word("strokes");
    this.canvas.scrollIntoView({ block: "center" });
  }
}

bind("[data-signature]", (root) => new Pad(root));
