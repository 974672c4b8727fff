// Answers of the server put into the grid: one's own lines as they stand, those of colleagues, and who was faster.
import { count } from "./gridphotos.js";
import { blank, body, computed, fill, find, form, input, make, marked, number } from "./gridrows.js";
import { word } from "./words.js";

/** Put an answer into the page; `saver` knows which rows are still unsent. The sum of the sheet is only said by the `newest` answer. */
export function apply(saver, answer, newest) {
  for (const line of answer.lines) own(saver, line);
  for (const line of answer.others) if (!answer.lines.some((mine) => mine.key === line.key)) other(saver, line);
  if (newest) summed(answer);
  number();
}

function summed(answer) {
  form.querySelector("[data-grid-summary]").textContent = answer.summary;
  for (const name of ["print", "discard"]) form.querySelector(`[data-grid-${name}]`).hidden = !answer.n;
}

function own(saver, line) {
  const row = find(line.key) ?? make(line.key, line.position);
  const fresh = input(row, "seen").value === "0" && blank(row);
  input(row, "seen").value = line.seen;
  overtaken(saver, row, line);
  if (line.overtaken) return;
  if (fresh) fill(row, line);
  else if (line.component && !row.contains(document.activeElement)) {
    input(row, "component").value = line.component;
    input(row, "component_text").value = line.text;
  }
  computed(row, line);
  count(row, line.photos);
  marked(row, line.problems);
}

/** A colleague was faster: his line stands beside one's own until one of them is chosen. */
function overtaken(saver, row, line) {
  row.querySelector("[data-theirs]")?.remove();
  if (!line.overtaken) return;
  const note = document.createElement("p");
  const take = document.createElement("button");
  note.className = "grid__err";
  note.dataset.theirs = "";
  Object.assign(take, { type: "button", className: "btn btn--small", textContent: word("gridTheirs") });
  take.addEventListener("click", () => {
    note.remove();
    saver.dirty.delete(row);
    fill(row, line);
    saver.keep();
  });
  note.append(`${line.overtaken}${word("colon")}${[line.room, line.text, line.fault].filter(Boolean).join(" ")} `, take);
  row.querySelector('[data-cell="fault"]').append(note);
}

function other(saver, line) {
  const row = find(line.key);
  if (row && (saver.dirty.has(row) || row.contains(document.activeElement))) return;
  if (!line.gone) fill(row ?? make(line.key, line.position), line);
  else if (row) row.hidden = true;
}

/** What the page began with: photos of its rows, and what an earlier visit could not send. */
export function restored(saver) {
  for (const line of JSON.parse(document.getElementById("sheet-rows").textContent)) {
    const row = find(line.key);
    if (row) count(row, line.photos ?? []);
  }
  for (const line of saver.kept()) {
    const row = find(line.key) ?? make(line.key, line.position);
    fill(row, { ...line, seen: Math.max(line.seen, input(row, "seen").value) });
    saver.touch(row);
  }
  return body;
}
