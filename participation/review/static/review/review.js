// In the text of a document: the remarks of a passage fold back, and the words one selects can be commented on.

document.body.addEventListener("click", (event) => {
  const fold = event.target.closest("[data-fold]");
  if (!fold) return;
  event.preventDefault();
  document.getElementById(`${fold.dataset.fold}-panel`).replaceChildren();
  document.getElementById(`${fold.dataset.fold}-way`).focus();
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
  const way = document.getElementById(`${button.dataset.quote}-way`);
  const address = new URL(way.dataset.hxGet, location.href);
  address.searchParams.set("citation", `${chosen.start}-${chosen.end}`);
  button.hidden = true;
  htmx.ajax("GET", address.pathname + address.search, { target: `#${button.dataset.quote}-panel`, swap: "innerHTML" });
});
