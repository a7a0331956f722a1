// Facets apply as they are ticked. Without this module, the form's button does the same with a new page.
const form = document.querySelector("form[data-search]");
let asked = new AbortController();

function address() {
  const chosen = [...new FormData(form)].filter(([, value]) => value !== "");
  const query = new URLSearchParams(chosen).toString();
  return form.action.split("?")[0] + (query && `?${query}`);
}

async function show(url) {
  asked.abort();
  asked = new AbortController();
  results().setAttribute("aria-busy", "true");
  let page;
  try {
    const answer = await fetch(url, { signal: asked.signal });
    if (!answer.ok) throw new Error(answer.status);
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch (error) {
    if (error.name !== "AbortError") location.assign(url);
    return;
  }
  const focused = place(document.activeElement);
  results().replaceWith(page.querySelector("[data-search-results]"));
  replaceFacets(page.getElementById("search-facets"));
  if (focused && document.activeElement === document.body) document.querySelector(focused)?.focus();
  document.title = page.title;
  document.querySelector("[data-search-status]").textContent = [...results().querySelectorAll(".count, .notice")]
    .map((element) => element.textContent.trim()).join(" ");
  enhance();
}

// Where the focus is, as a selector: the box one has just ticked is drawn anew and must keep it.
function place({ form: owner, id, name, value }) {
  if (owner !== form) return null;
  return id ? `#${id}` : `[name="${name}"][value="${CSS.escape(value)}"]`;
}

// What was unfolded stays so.
function replaceFacets(fresh) {
  const old = document.getElementById("search-facets");
  const unfolded = new Set([...old.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent));
  for (const summary of fresh.querySelectorAll("summary")) {
    if (unfolded.has(summary.textContent)) summary.parentElement.open = true;
  }
  old.replaceWith(fresh);
}

function results() {
  return document.querySelector("[data-search-results]");
}

function enhance() {
  for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;
}

if (form) {
  enhance();
  document.addEventListener("change", ({ target }) => {
    if (target.form !== form || target.type === "search") return;
    const url = address();
    history.pushState(null, "", url);
    show(url);
  });
  addEventListener("popstate", () => location.reload());
}
