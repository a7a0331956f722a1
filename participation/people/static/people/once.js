// A form pressed twice is sent once: <form data-once>. After a few seconds it may be sent again, should the network have failed.
const PATIENCE = 5000; // milliseconds

for (const form of document.querySelectorAll("form[data-once]")) {
  let sent = false;

  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
    setTimeout(() => { sent = false; }, PATIENCE);
  });
}
