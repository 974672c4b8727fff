// <form id="register" data-intake="/tickets/new/rail/">: when a dwelling, a part, a trade or an answer changes, the cards beside the form
// and the parts of the form that depend on it come again; a caller who is known fills the form under a mask, typing replaces it.
import { fragment } from "./ask.js";
import { added } from "./bind.js";

const form = document.getElementById("register");
const rail = document.getElementById("rail");
const ASKS = ["place_id", "place_kind", "component", "trade", "urgency", "man_made", "known", "call", "area", "window_slot"];
const RELOAD = new Set(["place_id", "component", "trade", "man_made"]);
const field = (name) => form.elements.namedItem(name);
const touched = new Set();
let asked = null;

function query() {
  const values = new FormData(form);
  const said = ASKS.map((name) => [name, values.get(name) ?? ""]).filter(([, value]) => typeof value === "string" && value);
  const to = document.querySelector('input[name="to"][form="register"]:checked');
  if (touched.has("to") && to) said.push(["to", to.value]);
  return new URLSearchParams(said).toString();
}

// Only ids go into the address: no name, no telephone number.
async function load() {
  asked?.abort();
  asked = new AbortController();
  try {
    put(await fragment(`${form.dataset.intake}?${query()}`, { signal: asked.signal, target: "rail" }));
  } catch {
    /* given up for a newer question, or no connection: the old cards stay */
  }
}

function put(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const held = document.activeElement?.id;
  for (const part of template.content.querySelectorAll("[hx-swap-oob]")) {
    part.removeAttribute("hx-swap-oob");
    document.getElementById(part.id)?.replaceWith(part);
    added(part);
  }
  rail.replaceChildren(...template.content.childNodes);
  added(rail);
  if (held && document.activeElement?.id !== held) document.getElementById(held)?.focus({ preventScroll: true });
  arrived();
}

function arrived() {
  const first = rail.querySelector("[data-resident]");
  const free = !touched.has("reporter_name") && !touched.has("phone");
  if (first && free && !field("known").value) fill(first);
  if (document.getElementById("urgent-hint")?.hasAttribute("data-always-urgent") && !touched.has("urgency")) choose("urgency", "urgent");
  const began = document.querySelector("#promises [data-began-at]")?.dataset.beganAt;
  if (began) form.querySelector("[data-began]").textContent = began;
  promise();
}

function choose(name, value) {
  const radio = form.querySelector(`input[name="${name}"][value="${value}"]`);
  if (radio) radio.checked = true;
}

function fill(person) {
  field("known").value = person.dataset.resident;
  field("reporter_name").value = person.dataset.name;
  field("relation").value = person.dataset.relation;
  field("phone").value = person.dataset.phone;
  field("phone").dataset.mask = person.dataset.phone;
  hint();
}

function hint() {
  const phone = field("phone");
  const same = phone.value && phone.value === phone.dataset.mask;
  form.querySelector("[data-phone-hint]").textContent = same ? phone.dataset.ask.replace("{0}", phone.value.slice(-4)) : "";
}

function promise() {
  const urgency = new FormData(form).get("urgency");
  for (const line of document.querySelectorAll("#promises [data-for]")) line.hidden = !line.dataset.for.split(" ").includes(urgency);
  const slot = form.querySelector('input[name="window_slot"]:checked');
  const when = document.querySelector("#promises [data-slot]");
  if (when) when.textContent = slot?.dataset.when ?? when.dataset.slot;
}

function told(radio) {
  const name = document.querySelector("#save-act [data-told]");
  if (name) name.textContent = radio.dataset.who;
}

function chosen({ target, detail }) {
  if (target.name === "place_id") {
    field("place_kind").value = detail.kind ?? "";
    field("known").value = "";
    if (!touched.has("reporter_name") && !touched.has("phone")) for (const name of ["reporter_name", "phone"]) field(name).value = "";
    hint();
    document.getElementById("spot-field").hidden = detail.kind === "area";
    searchIn(detail.kind === "area" ? "public" : "home");
  } else if (target.name === "component" && detail.value) {
    if (!touched.has("trade") && detail.trade) field("trade").value = detail.trade;
    const atHome = detail.place === "home" && field("place_kind").value !== "area";
    document.getElementById("spot-field").hidden = !atHome;
  }
}

function searchIn(place) {
  const box = field("component_text");
  box.dataset.combobox = box.dataset.combobox.replace(/place=\w+/, `place=${place}`);
}

// One stop of the tab key for all phrases: the arrows walk inside, a digit takes the n-th.
function walk(event) {
  const bar = event.target.closest("[data-toolbar]");
  const nth = bar && !event.ctrlKey && !event.altKey && !event.metaKey ? [...bar.querySelectorAll("button")][event.key - 1] : null;
  if (nth) {
    nth.click();
    event.preventDefault();
    return;
  }
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!bar || !step) return;
  const all = [...bar.querySelectorAll("button")];
  const next = all[(all.indexOf(event.target) + step + all.length) % all.length];
  for (const each of all) each.tabIndex = each === next ? 0 : -1;
  next.focus();
  event.preventDefault();
}

function begin() {
  form.addEventListener("keydown", walk);
  form.addEventListener("repairdesk:chosen", chosen);
  form.addEventListener("input", ({ target }) => {
    touched.add(target.name);
    if (target.name === "phone") hint();
  });
  form.addEventListener("change", ({ target, isTrusted }) => {
    if (isTrusted && target.name) touched.add(target.name);
    if (RELOAD.has(target.name)) load();
    promise();
  });
  // A masked number is no number: the first key that is typed replaces it, and leaving the field empty brings it back.
  const phone = field("phone");
  phone.addEventListener("beforeinput", () => {
    if (phone.value && phone.value === phone.dataset.mask) phone.value = "";
  });
  phone.addEventListener("blur", () => {
    if (!phone.value && field("known").value) phone.value = phone.dataset.mask ?? "";
    hint();
  });
  rail.addEventListener("click", ({ target }) => {
    const person = target.closest("[data-resident]");
    if (!person) return;
    fill(person);
    field("reporter_name").focus();
  });
  rail.addEventListener("change", ({ target }) => {
    if (target.name !== "to") return;
    touched.add("to");
    told(target);
  });
  hint();
  promise();
}

if (form) begin();
