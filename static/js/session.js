// Warns before the session ends, and says so when it did. The server keeps the time: other tabs and
// saved drafts count as well, so it is asked before anything is shown. Asking keeps nobody signed in.
"use strict";

(() => {
  const dialog = document.getElementById("session");
  const form = dialog.querySelector("form");
  const countdown = dialog.querySelector("[data-countdown]");
  const WARNING = Number(dialog.dataset.warning);
  const ASK_EVERY = 15;
  let end = 0;
  let timer = null;

  const left = () => Math.max(0, Math.round((end - Date.now()) / 1000));
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

  // How long the server gives: seconds, 0 when signed out, null when it does not answer.
  async function ask(options) {
    try {
      const answer = await fetch(dialog.dataset.address, { redirect: "manual", ...options });
      if (answer.type === "opaqueredirect" || answer.status === 403) return 0;
      return answer.ok ? (await answer.json()).seconds : null;
    } catch {
      return null;
    }
  }

  function take(seconds) {
    if (seconds !== null) end = Date.now() + seconds * 1000;
    clearTimeout(timer);
    if (left() > WARNING) {
      dialog.close();
      // A timer sleeps with the computer and cannot be longer than 24 days; a minute is both.
      timer = setTimeout(wake, Math.min(60, left() - WARNING) * 1000);
    } else if (left() > 0) {
      warn();
    } else {
      over();
    }
  }

  function wake() {
    if (left() > WARNING) take(null);
    else look();
  }

  async function look() {
    take(await ask({ headers: { "X-Background": "1" } }));
  }

  function warn() {
    if (!dialog.open) dialog.showModal();
    countdown.textContent = clock(left());
    const again = left() % ASK_EVERY === 0;
    timer = setTimeout(again || left() <= 1 ? look : () => take(null), 1000);
  }

  function over() {
    form.hidden = true;
    dialog.querySelector("[data-over]").hidden = false;
    if (!dialog.open) dialog.showModal();
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const seconds = await ask({ method: "POST", body: new URLSearchParams(new FormData(form)) });
    form.querySelector("[data-limit]").hidden = seconds === null || seconds > WARNING;
    take(seconds);
  });

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && form.hidden === false) look();
  });

  take(Number(dialog.dataset.seconds));
})();
