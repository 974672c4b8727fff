// <button type="button" class="chip" data-phrase="角阀漏水" data-phrase-for="id_what">: a usual phrase goes into the field.
document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-phrase-for]");
  const field = chip && document.getElementById(chip.dataset.phraseFor);
  if (!field) return;
  event.preventDefault();
  const phrase = chip.dataset.phrase ?? chip.textContent.trim();
  const before = field.value.trim();
  field.value = before ? `${before}，${phrase}` : phrase;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});
