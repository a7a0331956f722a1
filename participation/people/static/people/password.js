// A password may be read while it is typed: <form data-show-password="Show" data-hide-password="Hide">.
// Hidden again before it is sent, so that browsers know it for a password and offer to remember it.
for (const form of document.querySelectorAll("form[data-show-password]")) {
  const { showPassword, hidePassword } = form.dataset;

  for (const input of form.querySelectorAll('input[type="password"]')) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link-button password-toggle";
    button.setAttribute("aria-controls", input.id);

    const show = (shown) => {
      input.type = shown ? "text" : "password";
      button.textContent = shown ? hidePassword : showPassword;
    };

    button.addEventListener("click", () => show(input.type === "password"));
    form.addEventListener("submit", () => show(false));
    show(false);
    input.after(button);
  }
}
