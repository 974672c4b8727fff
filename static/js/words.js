const box = document.getElementById("words");

/** A translated word of frame/words.html with {0}, {1} … filled in. */
export function word(name, ...parts) {
  return (box?.dataset[name] ?? "").replace(/\{(\d)\}/g, (_, n) => parts[n] ?? "");
}

/** Let a screen reader say a sentence, politely. */
export function say(sentence) {
  const spoken = document.getElementById("spoken");
  if (spoken && sentence) spoken.textContent = sentence;
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon of the sprite as an element. */
export function icon(name, size = 16) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${document.documentElement.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

/** A copy of the <template id=…>'s first element. */
export function fromTemplate(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}
