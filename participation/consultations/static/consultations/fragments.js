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

// Who comes to a place of the page (#activity-12) stays there while what stands above it takes its full height.
let arriving = Boolean(location.hash);
for (const gesture of ["wheel", "touchstart", "keydown", "mousedown"]) {
  addEventListener(gesture, () => (arriving = false), { once: true, passive: true });
}
document.body.addEventListener("htmx:afterSettle", () => {
  if (arriving) document.getElementById(location.hash.slice(1))?.scrollIntoView({ behavior: "instant" });
});

// What could not be loaded is one link away.
document.body.addEventListener("htmx:sendError", ({ detail }) => {
  if (detail.elt.matches("a[href]")) location.assign(detail.elt.href);
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
