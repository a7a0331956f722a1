// Finds a territory by its name or another it is known by, whatever the accents.
const plain = (text) => text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase();

document.addEventListener("input", (event) => {
  const field = event.target.closest("[data-territory-search]");
  if (!field) return;
  const words = plain(field.value.trim());
  for (const group of field.closest("[data-territory-picker]").querySelectorAll("details")) {
    let found = 0;
    for (const label of group.querySelectorAll("label")) {
      label.hidden = words !== "" && !plain(label.dataset.words).includes(words);
      if (!label.hidden) found += 1;
    }
    if (words !== "") group.open = found > 0;
  }
});

// Enter in this field would send the form.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.closest("[data-territory-search]")) event.preventDefault();
});

for (const label of document.querySelectorAll("[data-territory-picker] > label")) label.hidden = false;
