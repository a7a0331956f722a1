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
