// What a fragment brings is said and shown: focus goes to what was marked (`data-focus`), else to the first field that
// is wrong. Without either (a reaction, another order) htmx gives focus back to what had it, by its id.
document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  const place = detail.elt.closest?.(".activity");
  if (!place) return;
  const found = place.querySelector("[data-focus]") ?? place.querySelector('[aria-invalid="true"]');
  if (!found) return;
  found.removeAttribute("data-focus");
  found.focus({ preventScroll: true });
  found.scrollIntoView({ block: "center" });
});

// What could not be sent is said, beside the form that was pressed.
for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.body.addEventListener(failure, ({ detail }) => {
    const place = detail.elt.closest?.(".activity");
    const notice = place?.querySelector("[data-not-sent]");
    if (!notice || !detail.elt.matches("form")) return;
    notice.hidden = false;
    detail.elt.append(notice);
    notice.scrollIntoView({ block: "center" });
  });
}
document.body.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const notice = detail.elt.closest?.(".activity")?.querySelector("[data-not-sent]");
  if (!notice) return;
  notice.hidden = true;
  notice.closest(".activity").append(notice);
});
