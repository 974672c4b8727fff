// <… data-when="method=cash">, "method!=cash", "kind=material|other", "amount<35.00": shown while a field of the form (of the row, in a
// formset) says so. On a field itself it means its box. What holds an error stays in sight; without a script everything does.
import { bind } from "./bind.js";
import { thousandths } from "./lines.js";

const RULE = /^(\w+)(!=|=|<)(.*)$/;

function valueOf(scope, name) {
  const fields = [...scope.querySelectorAll("[name]")].filter((each) => each.name === name || each.name.endsWith(`-${name}`));
  const one = fields.length > 1 || fields[0]?.type === "checkbox" ? fields.find((each) => each.checked) : fields[0];
  return one?.value ?? "";
}

function holds(scope, rule) {
  const [, name, sign, wanted] = RULE.exec(rule) ?? [];
  const value = valueOf(scope, name);
  if (sign === "<") return thousandths(value) < thousandths(wanted);
  return wanted.split("|").includes(value) === (sign === "=");
}

bind("[data-when]", (element) => {
  if (!RULE.test(element.dataset.when)) return;
  const scope = element.closest("[data-rows] > *") ?? element.closest("form");
  const box = element.matches("input, select, textarea") ? element.closest(".field") : element;
  if (!scope || !box) return;
  const look = () => {
    const bad = box.matches(".field--bad") || box.querySelector(".field--bad");
    box.hidden = !bad && !holds(scope, element.dataset.when);
  };
  for (const happened of ["input", "change", "repairdesk:chosen"]) scope.addEventListener(happened, look);
  look();
});
