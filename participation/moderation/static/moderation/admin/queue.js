// The queue by keyboard, and without a page for each act. The forms are the page's own: without this script they work as they are.
const queue = document.querySelector("[data-queue]");
const said = document.querySelector("[data-said]");

const items = () => [...queue.querySelectorAll("article")];
const current = () => document.activeElement?.closest("article");

function go(item) {
  item?.focus();
  item?.scrollIntoView({ block: "nearest" });
}

function press(item, ...acts) {
  const button = acts.map((act) => item.querySelector(`button[value="${act}"]`)).find(Boolean);
  if (button) button.click();
  else said.textContent = queue.dataset.none;
}

function refuse(item) {
  const details = item.querySelector("details");
  if (!details) return void (said.textContent = queue.dataset.none);
  details.open = true;
  details.querySelector("input[type=radio]").focus();
}

const KEYS = {
  j: (item) => go(item ? items()[items().indexOf(item) + 1] : items()[0]),
  k: (item) => go(items()[items().indexOf(item) - 1]),
  p: (item) => press(item, "approve", "keep", "restore"),
  r: refuse,
  x: (item) => item.querySelector("input[name=pk]")?.click(),
};

queue?.addEventListener("keydown", (event) => {
  const item = current();
  if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
  const radio = event.target.closest("input[type=radio]");
  if (radio && /^[1-9]$/.test(event.key)) {
    const choice = radio.form.querySelectorAll("input[type=radio]")[event.key - 1];
    if (choice) {
      choice.checked = true;
      choice.focus();
    }
    event.preventDefault();
  } else if (radio && event.key === "Enter") {
    // Enter would press the form's first button: the one that publishes.
    event.preventDefault();
    (item.querySelector("details button") ?? item.querySelector("button")).click();
  } else if (event.key === "Escape" && item.querySelector("details[open]")) {
    item.querySelector("details").open = false;
    item.focus();
  } else if (KEYS[event.key] && !event.target.closest("input:not([type=checkbox]), textarea, select")) {
    event.preventDefault();
    KEYS[event.key](item);
  }
});

async function send(form, button) {
  const body = new FormData(form, button);
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
  if (answer.redirected || !answer.headers.get("Content-Type")?.startsWith("application/json")) throw new Error("not the queue's");
  return { status: answer.status, ...(await answer.json()) };
}

// An answer that was on its way while one acted may still list it.
const dealtWith = new Set();

function remove(gone) {
  for (const item of gone) dealtWith.add(item.id);
  const all = items();
  const place = Math.max(0, all.findIndex((item) => gone.includes(item)));
  const next = all.slice(place).find((item) => !gone.includes(item)) ?? all.findLast((item) => !gone.includes(item));
  for (const item of gone) item.remove();
  if (next) go(next);
  else {
    said.textContent += ` ${queue.dataset.done}`;
    said.tabIndex = -1;
    said.focus();
  }
}

// What else waits, and how much, as the server says it now.
let refilling = false;
async function refill() {
  if (refilling) return;
  refilling = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const count of page.querySelectorAll("[data-count]"))
      document.querySelector(`[data-count="${count.dataset.count}"]`).textContent = count.textContent;
    const listed = [...page.querySelectorAll("[data-queue] article")];
    const wasEmpty = items().length === 0;
    for (const item of items())
      // Somebody else dealt with it. The one that is being read stays: its act will say so.
      if (!listed.some((row) => row.id === item.id) && item !== current()) item.remove();
    for (const item of listed)
      if (!dealtWith.has(item.id) && !document.getElementById(item.id)) queue.append(document.adoptNode(item));
    if (wasEmpty) go(items()[0]);
  } finally {
    refilling = false;
  }
}

async function act(form, button, gone) {
  gone.forEach((item) => item.setAttribute("aria-busy", "true"));
  try {
    const answer = await send(form, button);
    said.textContent = answer.message;
    if (answer.status === 200 || answer.status === 409) {
      remove(answer.gone ? items().filter((item) => answer.gone.includes(Number(item.id.split("-").pop()))) : gone);
      await refill();
    }
  } catch {
    said.textContent = queue.dataset.lost;
  }
  gone.forEach((item) => item.removeAttribute("aria-busy"));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const item = form.closest("[data-queue] article");
  if (!queue || !(item || form.id === "bulk") || !event.submitter) return;
  event.preventDefault();
  if (item?.getAttribute("aria-busy") === "true") return;
  const ticked = items().filter((row) => row.querySelector("input[name=pk]")?.checked);
  act(form, event.submitter, item ? [item] : ticked);
});
