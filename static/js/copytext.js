// <button type="button" data-copy-from="id">: what stands in that field goes to the clipboard; where there is none it is selected.
import { say, word } from "./words.js";
import { toast } from "./toast.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-from]");
  const field = button && document.getElementById(button.dataset.copyFrom);
  if (!field) return;
  event.preventDefault();
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    toast(word("textCopied"));
  } catch {
    say(word("textSelected"));
  }
});
