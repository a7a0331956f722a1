// What is typed and not yet sent is kept in this browser only, and found again: forms that hold templates/people/draft.html.
// One draft a form and an account, for seven days; forgotten once sent, when one chooses to, and when anyone signs out.
const PREFIX = "draft:";
const LASTS = 7 * 24 * 60 * 60 * 1000; // milliseconds
const SENT_COOKIE = "envoye";
const sentInPlace = new Set();

// Storage may be refused, or full: then drafts last as long as the page.
function quietly(act) {
  try {
    return act();
  } catch {
    return null;
  }
}

const read = (key) => quietly(() => JSON.parse(localStorage.getItem(key)));
const write = (key, draft) => quietly(() => localStorage.setItem(key, JSON.stringify(draft)));
const forget = (key) => quietly(() => localStorage.removeItem(key));
const keys = () => quietly(() => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX))) ?? [];

const markOf = (form) => form?.querySelector?.("[data-draft]");
const fieldsOf = (form) => [...form.querySelectorAll("textarea[name], input[type=text][name], input[type=url][name]")];
const choicesOf = (form) => [...form.querySelectorAll("select[name], input[type=radio][name]:checked")];
const pathOf = (form) => new URL(form.getAttribute("action") || location.href, location.href).pathname;
const keyOf = (form) => [PREFIX, markOf(form).dataset.draft, pathOf(form), markOf(form).dataset.part].join("|");

function save(form) {
  const fields = Object.fromEntries(fieldsOf(form).map((field) => [field.name, field.value]));
  const choices = Object.fromEntries(choicesOf(form).map((field) => [field.name, field.value]));
  if (Object.values(fields).some((value) => value.trim())) write(keyOf(form), { at: Date.now(), path: pathOf(form), fields, choices });
  else forget(keyOf(form));
}

// Of radio buttons and lists: what is no longer offered is left as it is.
function choose(form, choices) {
  for (const [name, value] of Object.entries(choices ?? {})) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (field.type === "radio" && field.value === value) field.checked = true;
      if (field.tagName === "SELECT" && [...field.options].some((option) => option.value === value)) field.value = value;
    }
  }
}

function restore(form) {
  const mark = markOf(form);
  if (mark.dataset.read) return;
  mark.dataset.read = "yes";
  const key = keyOf(form);
  const draft = read(key);
  // What the site gives back with an error is what was sent last.
  if (!draft || form.querySelector('[aria-invalid="true"], .notice-error')) return;
  const changed = fieldsOf(form).filter((field) => draft.fields[field.name] && draft.fields[field.name] !== field.value);
  if (!changed.length) return;
  const before = changed.map((field) => [field, field.value]);
  const chosen = Object.fromEntries(choicesOf(form).map((field) => [field.name, field.value]));
  for (const field of changed) field.value = draft.fields[field.name];
  choose(form, draft.choices);
  form.closest("details")?.setAttribute("open", "");

  const notice = document.createElement("div");
  notice.className = "notice notice-info";
  notice.setAttribute("role", "status");
  const said = document.createElement("strong");
  said.textContent = mark.dataset.found;
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "link-button";
  drop.textContent = mark.dataset.drop;
  drop.addEventListener("click", () => {
    for (const [field, value] of before) field.value = value;
    choose(form, chosen);
    forget(key);
    notice.remove();
    before[0][0].focus();
  });
  notice.append(said, " ", drop);
  mark.after(notice);
}

function look(part) {
  for (const mark of part.querySelectorAll("form [data-draft]")) restore(mark.closest("form"));
}

// What has been sent: the site says so by a cookie, or in the part of the page that it draws anew.
function forgetSent() {
  const cookie = document.cookie.match(new RegExp(`(?:^|;\\s*)${SENT_COOKIE}=([^;]+)`))?.[1];
  if (!cookie) return;
  const path = decodeURIComponent(cookie);
  for (const key of keys()) if (read(key)?.path === path && read(key).sent) forget(key);
  document.cookie = `${SENT_COOKIE}=; path=/; max-age=0; samesite=lax`;
}

for (const key of keys()) if (!(read(key)?.at > Date.now() - LASTS)) forget(key);
forgetSent();
look(document);

document.addEventListener("input", ({ target }) => {
  const form = target.closest?.("form");
  if (markOf(form)) save(form);
});

document.addEventListener("submit", ({ target: form }) => {
  if (form.matches("[data-forgets-drafts]")) keys().forEach(forget);
  const draft = markOf(form) && read(keyOf(form));
  if (!draft) return;
  write(keyOf(form), { ...draft, sent: true });
  if (form.hasAttribute("data-hx-post")) sentInPlace.add(keyOf(form));
}, { capture: true });

document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  forgetSent();
  if (elt.querySelector(".notice-success")) sentInPlace.forEach(forget);
  if (elt.querySelector(".notice")) sentInPlace.clear();
  look(elt);
});
