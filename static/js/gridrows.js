// Rows of the grid of a handover inspection: found, read, made, filled in, marked. The form and its catalogue are those of the page.
import { added } from "./bind.js";
import { count } from "./gridphotos.js";

export const form = document.getElementById("sheet");
export const body = form.querySelector("[data-grid-rows]");
export const catalogue = JSON.parse(document.getElementById("catalogue").textContent);
export const CELLS = ["room", "component", "fault", "urgency"];
const made = [];

export const rows = () => [...body.querySelectorAll("[data-line]")].filter((row) => !row.hidden);
export const input = (row, name) => row.querySelector(`[name="${name}"]`);
export const cell = (row, name) => row.querySelector(`[data-cell="${name}"] .grid__in`);
export const rowOf = (element) => element?.closest?.("[data-line]") ?? null;
export const nameOf = (element) => element.closest("[data-cell]")?.dataset.cell ?? "";
export const partOf = (row) => catalogue.parts.find((part) => part.value === input(row, "component").value) ?? null;
export const find = (key) => body.querySelector(`[data-line="${CSS.escape(key)}"]`);

/** Call `dress(row)` for every row there is and every one that is made. */
export function dressed(dress) {
  made.push(dress);
  for (const row of body.querySelectorAll("[data-line]")) dress(row);
}

/** The values of a line, as they are sent. */
export function read(row) {
  const value = (name) => input(row, name).value;
  return {
    key: value("key"), seen: value("seen"), position: value("position"), room: value("room").trim(), component: value("component"),
    component_text: value("component_text").trim(), fault: value("fault").trim(), urgency: value("urgency"), gone: row.hidden,
  };
}

/** Nothing on it but, perhaps, the room that was proposed. */
export const blank = (row) => !input(row, "component_text").value.trim() && !input(row, "fault").value.trim() && row.querySelector("[data-shots]").hidden;

const untouched = (row) => blank(row) && input(row, "seen").value === "0" && !row.contains(document.activeElement);

function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** A new row at its place on the sheet, the end unless told otherwise. */
export function make(key = uuid(), position = null) {
  const row = document.getElementById("line").content.firstElementChild.cloneNode(true);
  const old = row.dataset.line;
  row.dataset.line = key;
  for (const element of row.querySelectorAll(`[id*="${old}"]`)) element.id = element.id.replace(old, key);
  const at = (each) => Number(input(each, "position").value);
  input(row, "key").value = key;
  input(row, "seen").value = 0;
  input(row, "position").value = position ?? Math.max(0, ...rows().map(at)) + 1;
  if (position !== null) rows().find((each) => at(each) === Number(position) && untouched(each))?.remove();
  const after = rows().find((each) => at(each) > at(row));
  after ? after.before(row) : body.append(row);
  for (const dress of made) dress(row);
  number();
  added(row);
  return row;
}

export function number() {
  rows().forEach((row, n) => (row.querySelector("[data-n]").textContent = n + 1));
}

/** Warranty and who answers for it. */
export function computed(row, facts) {
  const none = blank(row) ? "" : catalogue.first;
  row.querySelector("[data-warranty]").textContent = facts?.warranty ?? none;
  row.querySelector("[data-who]").textContent = facts?.who ?? "";
}

/** What is wrong with which cell; an empty sentence takes the mark away. */
export function mark(row, problems) {
  for (const [name, sentence] of Object.entries(problems)) {
    const field = cell(row, name);
    const note = row.querySelector(`[data-cell="${name}"] [data-err]`);
    note.textContent = sentence;
    note.hidden = !sentence;
    sentence ? field.setAttribute("aria-invalid", "true") : field.removeAttribute("aria-invalid");
    sentence ? field.setAttribute("aria-describedby", note.id) : field.removeAttribute("aria-describedby");
  }
}

/** Only cells that were left are marked: nobody is told off for what he has not written yet. */
export function marked(row, problems) {
  const here = row.contains(document.activeElement) ? CELLS.indexOf(nameOf(document.activeElement)) : CELLS.length;
  const said = (name) => (CELLS.indexOf(name) < here ? (problems[name] ?? "") : "");
  mark(row, { room: said("room"), component: said("component"), fault: said("fault") });
  row.problems = problems;
}

/** Put a line into its row. */
export function fill(row, line) {
  row.hidden = Boolean(line.gone);
  for (const name of ["seen", "position", "room", "component", "fault", "urgency"]) input(row, name).value = line[name];
  input(row, "component_text").value = line.text ?? line.component_text;
  computed(row, line.warranty ? line : partOf(row));
  if (line.photos) count(row, line.photos);
  if (line.problems) marked(row, line.problems);
}
