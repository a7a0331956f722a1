// The visitor's choice of theme, kept in this browser only. "system" stores nothing.
const KEY = "theme";

function stored() {
  try {
    return localStorage.getItem(KEY) ?? "system";
  } catch {
    return "system"; // storage refused: the choice lasts as long as the page
  }
}

function apply(choice) {
  if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
  else delete document.documentElement.dataset.theme;
}

function keep(choice) {
  try {
    if (choice === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  } catch {
    // see stored()
  }
}

function offer() {
  for (const choices of document.querySelectorAll("[data-theme-choice]")) {
    const current = choices.querySelector(`input[value="${CSS.escape(stored())}"]`);
    if (current) current.checked = true;
    choices.addEventListener("change", ({ target }) => {
      apply(target.value);
      keep(target.value);
    });
    choices.hidden = false;
  }
}

apply(stored());
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", offer);
else offer();
