// In the text of a document: the remarks of a passage unfold beside it and fold back, what one is writing is never lost,
// and the words one selects can be commented on.

const panelOf = (anchor) => document.getElementById(`${anchor}-panel`);
const wayTo = (anchor) => document.getElementById(`${anchor}-way`);

/** Show or hide what was loaded beside a passage; what one has begun to write in it stays. */
function fold(anchor, folded) {
  const panel = panelOf(anchor);
  panel.hidden = folded;
  wayTo(anchor).setAttribute("aria-expanded", String(!folded));
  if (folded) wayTo(anchor).focus();
  else panel.querySelector("[tabindex]")?.focus();
}

document.body.addEventListener("click", (event) => {
  const link = event.target.closest("[data-fold]");
  if (!link) return;
  event.preventDefault();
  fold(link.dataset.fold, true);
});
document.body.addEventListener("keydown", (event) => {
  const panel = event.key === "Escape" && event.target.closest("[data-panel]");
  if (panel) fold(panel.dataset.panel, true);
});

// What is loaded already is not asked for again.
document.body.addEventListener("htmx:beforeRequest", (event) => {
  const way = event.detail.elt;
  if (!way.matches(".passage-way")) return;
  const anchor = way.id.replace(/-way$/, "");
  const panel = panelOf(anchor);
  if (!panel.hasChildNodes()) return;
  event.preventDefault();
  fold(anchor, !panel.hidden);
});

// Another order, or a remark that is sent, draws the panel anew: what was begun in its other forms is put back.
let begun = [];
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.target.matches(".passage-panel")) return;
  const sent = detail.requestConfig.elt.closest("form");
  begun = [...detail.target.querySelectorAll("textarea")]
    .filter((area) => area.value !== area.defaultValue && area.form !== sent)
    .map((area) => ({ id: area.id, value: area.value }));
});
document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  const panel = detail.elt.closest?.(".passage-panel");
  if (!panel) return;
  panel.hidden = false;
  const way = wayTo(panel.id.replace(/-panel$/, ""));
  way.setAttribute("aria-expanded", "true");
  way.setAttribute("aria-controls", panel.id);
  for (const { id, value } of begun) {
    const area = document.getElementById(id);
    if (!area || area.value !== area.defaultValue) continue;
    area.value = value;
    area.closest("details")?.setAttribute("open", "");
  }
  begun = [];
});

// The server counts characters, the browser half-characters: "🌳" is one here and two there.
const characters = (text) => Array.from(text).length;

/** The words selected inside one passage: {passage, start, end}, or null. */
function chosenWords() {
  const selection = document.getSelection();
  if (!selection?.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const words = (node) => (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest("[data-words]");
  const place = words(range.startContainer);
  if (!place || place !== words(range.endContainer)) return null;
  const before = document.createRange();
  before.setStart(place, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const start = characters(before.toString());
  const end = start + characters(range.toString());
  return end > start ? { passage: place.closest(".passage").id, start, end } : null;
}

// The button of the passage appears while words of it are selected; pressing it must not lose them.
let chosen = null;
document.addEventListener("selectionchange", () => {
  const words = chosenWords();
  if (!words) return;
  chosen = words;
  for (const button of document.querySelectorAll("[data-quote]")) button.hidden = button.dataset.quote !== words.passage;
});

document.body.addEventListener("click", (event) => {
  const button = event.target.closest("[data-quote]");
  if (!button || chosen?.passage !== button.dataset.quote) return;
  const address = new URL(wayTo(button.dataset.quote).dataset.hxGet, location.href);
  address.searchParams.set("citation", `${chosen.start}-${chosen.end}`);
  button.hidden = true;
  htmx.ajax("GET", address.pathname + address.search, { source: button, target: panelOf(button.dataset.quote), swap: "innerHTML" });
});
