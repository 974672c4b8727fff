const meta = document.querySelector('meta[name="csrf-token"]');

export const token = () => meta?.content || document.querySelector('input[name="csrfmiddlewaretoken"]')?.value || "";

/** After a new sign-in the old token is worth nothing: put the new one wherever a form carries it. */
export function renew(value) {
  if (meta) meta.content = value;
  for (const input of document.querySelectorAll('input[name="csrfmiddlewaretoken"]')) input.value = value;
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = token();
});
