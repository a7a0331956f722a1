// A page may hold several forms fetched at different moments, and signing in changes the token:
// what a form was drawn with may be stale when it is sent. The cookie is always current.
const FIELD = "csrfmiddlewaretoken";

function currentToken() {
  return document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1];
}

// Capturing, so that the field is right before anyone else (htmx included) reads the form.
document.addEventListener("submit", ({ target: form }) => {
  const field = form.elements.namedItem(FIELD);
  const token = currentToken();
  if (field && token) field.value = token;
}, { capture: true });

document.addEventListener("htmx:configRequest", ({ detail }) => {
  const token = currentToken();
  if (!token || detail.verb === "get") return;
  detail.headers["X-CSRFToken"] = token;
  if (detail.parameters[FIELD]) detail.parameters[FIELD] = token;
});
