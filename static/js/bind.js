// bind(selector, attach): attach(element) once for every element there is and every one that arrives later.
const bindings = [];

function attachIn(root) {
  for (const { selector, attach, known } of bindings) {
    const found = [...root.querySelectorAll(selector)];
    if (root instanceof Element && root.matches(selector)) found.unshift(root);
    for (const element of found) {
      if (known.has(element)) continue;
      known.add(element);
      attach(element);
    }
  }
}

export function bind(selector, attach) {
  bindings.push({ selector, attach, known: new WeakSet() });
  attachIn(document);
}

/** Tell all modules (and htmx) that markup was put into the page by a script. */
export function added(root) {
  window.htmx?.process(root);
  attachIn(root);
}

document.addEventListener("htmx:load", (event) => attachIn(event.detail.elt ?? document));
