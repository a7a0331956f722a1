// Suggestions while one types, as a combobox (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/). Without this module the
// field is a plain one.
const PAUSE = 150; // milliseconds without a key before asking

class Suggestions {
  constructor(field) {
    this.field = field;
    this.list = document.createElement("ul");
    this.list.id = `${field.id}-suggestions`;
    this.list.className = "suggestions";
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", field.labels[0]?.textContent ?? "");
    field.closest(".search-box").append(this.list);
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id,
    })) field.setAttribute(name, value);

    field.addEventListener("input", () => this.ask());
    field.addEventListener("keydown", (event) => this.press(event));
    field.addEventListener("blur", () => this.close());
    // Pressing the mouse must not take the focus away before the click.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", ({ target }) => this.open(target.closest("[role=option]")));
  }

  get options() {
    return [...this.list.children];
  }

  get current() {
    return this.options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  }

  ask() {
    clearTimeout(this.waiting);
    this.asked?.abort();
    this.waiting = setTimeout(async () => {
      this.asked = new AbortController();
      try {
        const url = `${this.field.dataset.suggestions}?${new URLSearchParams({ q: this.field.value.trim() })}`;
        const answer = await fetch(url, { signal: this.asked.signal });
        this.show(answer.ok ? await answer.text() : "");
      } catch {
        // Suggestions are a help: without them one searches as before.
      }
    }, PAUSE);
  }

  show(html) {
    this.list.innerHTML = html;
    const any = this.options.length > 0 && document.activeElement === this.field;
    this.list.hidden = !any;
    this.field.setAttribute("aria-expanded", String(any));
    this.field.removeAttribute("aria-activedescendant");
  }

  close() {
    clearTimeout(this.waiting);
    this.asked?.abort();
    this.show("");
  }

  press(event) {
    const { key } = event;
    if (this.list.hidden) {
      if (key === "ArrowDown") this.ask();
      return;
    }
    if (key === "ArrowDown" || key === "ArrowUp") this.move(key === "ArrowDown" ? 1 : -1);
    else if (key === "Enter" && this.current >= 0) this.open(this.options[this.current]);
    else if (key === "Escape") this.close();
    else return;
    event.preventDefault();
  }

  // Past the last option, and before the first, one is back in the field.
  move(step) {
    const count = this.options.length + 1;
    const place = (this.current + 1 + step + count) % count - 1;
    this.options.forEach((option, index) => option.setAttribute("aria-selected", String(index === place)));
    if (place < 0) this.field.removeAttribute("aria-activedescendant");
    else this.field.setAttribute("aria-activedescendant", this.options[place].id);
  }

  open(option) {
    if (option) location.assign(option.dataset.url);
  }
}

for (const field of document.querySelectorAll("input[data-suggestions]")) new Suggestions(field);
