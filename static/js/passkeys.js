// Passkeys: the browser's own ceremony between a form's options and its hidden field. A form says
// with data-passkey what it wants, `create` or `get`; the options stand in a JSON script of the page
// (data-options) or are asked for when needed (data-options-from). Nothing is decided here.
"use strict";

(() => {
  const toBytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

  const toText = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");

  const withBytes = (list) => (list || []).map((one) => ({ ...one, id: toBytes(one.id) }));

  async function optionsOf(form) {
    if (!form.dataset.optionsFrom) {
      return JSON.parse(document.getElementById(form.dataset.options).textContent);
    }
    const headers = { Accept: "application/json" };
    const answer = await fetch(form.dataset.optionsFrom, { headers });
    return (await answer.json()).request_options;
  }

  function create(options) {
    const selection = options.authenticatorSelection;
    return navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: toBytes(options.challenge),
        user: { ...options.user, id: toBytes(options.user.id) },
        excludeCredentials: withBytes(options.excludeCredentials),
        // It stands for the password as well: kept by the key itself, and the person proved.
        authenticatorSelection: {
          ...selection,
          residentKey: "required",
          requireResidentKey: true,
          userVerification: "required",
        },
      },
    });
  }

  function get(options) {
    return navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: toBytes(options.challenge),
        allowCredentials: withBytes(options.allowCredentials),
      },
    });
  }

  function asText(credential) {
    const names = ["attestationObject", "authenticatorData", "clientDataJSON", "signature", "userHandle"];
    const response = Object.fromEntries(
      names
        .filter((name) => credential.response[name])
        .map((name) => [name, toText(credential.response[name])]),
    );
    return JSON.stringify({
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
      response,
    });
  }

  async function ask(form) {
    const problem = form.querySelector("[data-passkey-problem]");
    problem.hidden = true;
    try {
      const { publicKey } = await optionsOf(form);
      const ceremony = form.dataset.passkey === "create" ? create : get;
      form.elements.credential.value = asText(await ceremony(publicKey));
      form.submit();
    } catch {
      problem.hidden = false;
    }
  }

  if (!window.PublicKeyCredential) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.querySelector("button").hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask(form);
    });
  }
})();
