// A security key or the device's own fingerprint: <form data-security-key="create|get" data-options="id of the JSON">.
// The form is sent once the key has answered; its answer goes in the hidden field `credential`.
// Browsers that cannot (or pages without https) keep the button hidden.
const fromBase64 = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const toBase64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function readable({ publicKey }) {
  const keys = (list) => list?.map((key) => ({ ...key, id: fromBase64(key.id) }));
  return {
    publicKey: {
      ...publicKey,
      challenge: fromBase64(publicKey.challenge),
      ...(publicKey.user && { user: { ...publicKey.user, id: fromBase64(publicKey.user.id) } }),
      ...(publicKey.excludeCredentials && { excludeCredentials: keys(publicKey.excludeCredentials) }),
      ...(publicKey.allowCredentials && { allowCredentials: keys(publicKey.allowCredentials) }),
    },
  };
}

function written(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toBase64(credential.response[name]);
  }
  const { id, type } = credential;
  return { id, rawId: id, type, response, clientExtensionResults: credential.getClientExtensionResults() };
}

for (const form of document.querySelectorAll("form[data-security-key]")) {
  if (!window.PublicKeyCredential) break;
  const button = form.querySelector("button[type=submit]");
  button.hidden = false;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const options = readable(JSON.parse(document.getElementById(form.dataset.options).textContent));
    try {
      const credential = await navigator.credentials[form.dataset.securityKey](options);
      form.elements.credential.value = JSON.stringify(written(credential));
      form.submit();
    } catch {
      form.querySelector("[role=status]").textContent = form.dataset.failed;
    }
  });
}
