// The proof of work of a form: <form data-proof="id of the JSON" data-worker="address">, its answer in the field `proof`.
// It is worked out beside the page, which stays free; a form sent before the end waits for it.
for (const form of document.querySelectorAll("form[data-proof]")) {
  if (!window.Worker || !window.crypto?.subtle) break;
  const status = form.querySelector("[data-proof-status]");
  const worker = new Worker(form.dataset.worker, { type: "module" });
  let waiting = null;
  let over = false;
  status.textContent = status.dataset.working;

  const finish = (answer, said) => {
    if (over) return;
    over = true;
    form.elements.proof.value = answer;
    status.textContent = said;
    worker.terminate();
    if (waiting) form.requestSubmit(waiting.submitter);
  };

  worker.addEventListener("message", ({ data }) => finish(data, status.dataset.done));
  worker.addEventListener("error", () => finish("", ""));
  worker.postMessage(JSON.parse(document.getElementById(form.dataset.proof).textContent));

  // Before the other modules of the page: a form that waits has not been sent.
  form.addEventListener("submit", (event) => {
    if (over) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = event;
    status.textContent = status.dataset.wait;
  }, { capture: true });
}
