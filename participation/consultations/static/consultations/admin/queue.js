// From one message to the next with j and k, while the focus is in the list and not in a field.
const queue = document.querySelector("[data-queue]");

queue?.addEventListener("keydown", (event) => {
  const step = { j: 1, k: -1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const items = [...queue.querySelectorAll("article")];
  const next = items[items.indexOf(event.target.closest("article")) + step];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
});
