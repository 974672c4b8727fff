// <form id="sheet" data-grid="URL that saves">: the sheet of a handover inspection as a grid. Enter = next cell, at the end a new line;
// Ctrl D copies the cell above, Ctrl V takes rows of a spreadsheet, Ctrl Delete takes a line out (undo 10 s). Every line is saved by itself.
import { send } from "./ask.js";
import { apply, restored } from "./gridnews.js";
import { photosOf } from "./gridphotos.js";
import { Picker, fitting, meant } from "./gridpick.js";
import { CELLS, blank, body, catalogue, cell, computed, dressed, form, input, make, mark, marked, nameOf, number, partOf, read, rowOf, rows } from "./gridrows.js";
import { Saver } from "./gridsave.js";
import { composing } from "./keys.js";
import { toast } from "./toast.js";
import { showTrouble } from "./trouble.js";
import { word } from "./words.js";

const UNDO = 10_000;
let last = null;

function remove(row) {
  const at = rows().indexOf(row);
  const back = rows()[at + 1] ?? rows()[at - 1] ?? null;
  row.hidden = true;
  saver.touch(row);
  number();
  if (!rows().length) make();
  (back ? cell(back, "room") : cell(rows()[0], "room")).focus();
  const undo = () => {
    row.hidden = false;
    saver.touch(row);
    number();
    cell(row, "room").focus();
  };
  toast(word("removedLine", at + 1), { label: word("undo"), act: undo, life: UNDO });
}

function same(field) {
  const row = rowOf(field);
  const above = rows()[rows().indexOf(row) - 1];
  const name = nameOf(field);
  if (!above || !CELLS.includes(name)) return;
  picker.hide();
  field.value = cell(above, name).value;
  if (name === "component") {
    input(row, "component").value = input(above, "component").value;
    computed(row, partOf(row));
  }
  saver.touch(row);
  field.select?.();
}

// Cells -------------------------------------------------------------------------------------------

const picker = new Picker(document.getElementById("grid-options"), (field, option) => {
  field.value = option.label;
  taken(field, option);
});

function taken(field, option) {
  const row = rowOf(field);
  if (nameOf(field) === "room") field.value = option.value;
  if (nameOf(field) === "component") {
    input(row, "component").value = option.value;
    computed(row, option);
    mark(row, { component: "" });
  }
  saver.touch(row);
}

function optionsOf(field) {
  const kind = field.dataset.pick;
  if (kind !== "phrases") return catalogue[kind];
  const part = partOf(rowOf(field));
  return (part?.phrases ?? []).map((phrase) => ({ label: phrase, value: phrase, search: phrase }));
}

// Usual faults are offered while the cell is empty; once somebody writes himself, only the arrows take one.
function offer(field, all = false) {
  const text = all ? "" : field.value;
  const found = fitting(optionsOf(field), text);
  if (field.dataset.pick === "phrases") picker.show(field, found, !field.value);
  else if (text || all) picker.show(field, found);
  else picker.hide();
}

/** Left without choosing: what is meant beyond doubt is taken, the rest is the server's to judge. */
function settle(field) {
  if (field.dataset.pick !== "parts" || input(rowOf(field), "component").value || !field.value.trim()) return;
  const option = meant(catalogue.parts, field.value);
  if (!option) return;
  field.value = option.label;
  taken(field, option);
}

function step(field, by) {
  const at = CELLS.indexOf(nameOf(field)) + by;
  const row = rowOf(field);
  const all = rows();
  if (at >= 0 && at < CELLS.length) return into(cell(row, CELLS[at]));
  const next = all[all.indexOf(row) + by];
  if (next) into(cell(next, CELLS[by > 0 ? 0 : CELLS.length - 1]));
  else if (by > 0 && !blank(row) && all.length < catalogue.most) into(cell(make(), "room"));
}

function into(field) {
  field.focus();
  field.select?.();
}

// The room of the line above is proposed: mostly one writes several defects of one room.
function propose(field) {
  const row = rowOf(field);
  const above = rows()[rows().indexOf(row) - 1];
  if (field.name !== "room" || field.value || !above || !blank(row)) return;
  field.value = cell(above, "room").value;
  field.select();
}

// Listening ---------------------------------------------------------------------------------------

function key(event) {
  const field = event.target.closest(".grid__in");
  if (!field || composing(event)) return;
  const ctrl = event.ctrlKey || event.metaKey;
  const done = ctrl ? shortcut(field, event) : plainKey(field, event);
  if (done) event.preventDefault();
}

function shortcut(field, event) {
  if (event.key.toLowerCase() === "d") same(field);
  else if (event.key === "Delete" || event.key === "Backspace") remove(rowOf(field));
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const next = rows()[rows().indexOf(rowOf(field)) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) into(cell(next, nameOf(field)));
  } else return false;
  return true;
}

function plainKey(field, event) {
  const arrow = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Enter") {
    if (!event.shiftKey) picker.take();
    step(field, event.shiftKey ? -1 : 1);
  } else if (event.key === "Tab") {
    picker.take();
    return false;
  } else if (event.key === "Escape" && picker.open) {
    picker.hide();
    event.stopPropagation();
  } else if (arrow && field.dataset.pick) picker.open ? picker.move(arrow) : offer(field, true);
  else if (field.matches("select") && /^[1-9]$/.test(event.key) && field.options[event.key - 1]) {
    field.selectedIndex = event.key - 1;
    saver.touch(rowOf(field));
  } else return false;
  return true;
}

async function paste(text) {
  try {
    const sent = () => send(form.dataset.pasteUrl, { text, since: saver.stamp });
    const answer = await saver.alone(async () => (await sent()).json());
    for (const row of rows()) if (blank(row) && input(row, "seen").value === "0") row.remove();
    saver.heard(answer);
    toast(answer.note);
    into(cell(make(), "room"));
  } catch (trouble) {
    showTrouble(trouble);
    return false;
  }
  return true;
}

const saver = new Saver(form, { read, apply: (answer, newest) => apply(saver, answer, newest) });

function begin() {
  dressed((row) => row.querySelectorAll("[data-pick]").forEach((field) => picker.dress(field)));
  restored(saver);
  for (const button of form.querySelectorAll("[data-grid-add], [data-grid-same], [data-grid-paste]")) button.hidden = false;
  number();
  if (!document.querySelector("[data-errors], [data-refused]") && !matchMedia("(pointer: coarse)").matches) into(cell(rows().find(blank) ?? rows()[0], "room"));
}

body.addEventListener("keydown", key);
body.addEventListener("input", ({ target }) => {
  if (!target.matches(".grid__in")) return;
  if (nameOf(target) === "component") {
    input(rowOf(target), "component").value = "";
    computed(rowOf(target), null);
  }
  if (target.dataset.pick) offer(target);
  saver.touch(rowOf(target));
});
body.addEventListener("focusin", ({ target }) => {
  if (!target.matches(".grid__in")) return;
  last = target;
  propose(target);
  if (target.dataset.pick === "phrases" && !target.value) offer(target);
});
body.addEventListener("focusout", ({ target, relatedTarget }) => {
  if (!target.matches(".grid__in")) return;
  picker.hide();
  settle(target);
  const row = rowOf(target);
  if (row.contains(relatedTarget)) return;
  if (row.problems) marked(row, row.problems);
  if (saver.dirty.has(row)) saver.flush();
});
body.addEventListener("click", ({ target }) => {
  if (target.closest("[data-remove]")) remove(rowOf(target));
});
body.addEventListener("paste", (event) => {
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (!event.target.matches(".grid__in") || !/[\t\n]/.test(text.trim())) return;
  event.preventDefault();
  paste(text);
});
form.addEventListener("change", ({ target }) => {
  if (target.closest(".sheet__who")) saver.touch(null);
});
form.addEventListener("click", ({ target }) => {
  if (target.closest("[data-grid-add]")) into(cell(make(), "room"));
  if (target.closest("[data-grid-same]") && last) {
    last.focus();
    same(last);
  }
});
document.querySelector("[data-grid-take]").addEventListener("click", async ({ target }) => {
  const box = document.getElementById("paste-text");
  if (!(await paste(box.value))) return;
  box.value = "";
  target.closest("dialog").close();
});
photosOf(form, body, { key: (row) => row.dataset.line, heard: (answer) => saver.heard(answer) });

// Registering: what waits is sent first; what was taken out does not go along.
let ready = false;
form.addEventListener("submit", async (event) => {
  if (event.defaultPrevented || ready) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const button = event.submitter;
  if (!(await saver.flush())) return void showTrouble({ status: 0, sentence: word("gridUnsent", saver.dirty.size) });
  for (const row of body.querySelectorAll("[data-line][hidden]")) row.remove();
  ready = true;
  form.requestSubmit(button);
});

begin();
