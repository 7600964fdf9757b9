// The entry page's keyboard, and saving at every pause. Without this script the page works with its
// buttons; nothing here decides anything: the server checks, saves and answers.
"use strict";

(() => {
  const form = document.getElementById("entry");
  const state = document.getElementById("state");
  const fields = [...form.querySelectorAll("input.figure")];
  const finish = form.querySelector("button[value=finish]");
  const PAUSE = 500;
  const RETRY = 3000;
  let timer = null;
  let sending = false;
  let changed = false;
  let stopped = false;
  let waiting = null;

  const saidOf = (field) => document.getElementById(`said-${field.name}`);

  function say(cell, texts) {
    cell.replaceChildren(
      ...texts.flatMap((text) => {
        const span = document.createElement("span");
        span.textContent = text;
        return [span, " "];
      }),
    );
    cell.closest("tr").classList.toggle("look", texts.length > 0);
  }

  function move(field, step) {
    const next = fields[fields.indexOf(field) + step];
    if (next) next.focus();
    else if (step > 0) finish.focus();
  }

  form.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!field.matches("input.figure") || event.isComposing) return;
    const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    move(field, event.key === "Enter" && event.shiftKey ? -1 : step);
  });

  form.addEventListener("focusin", (event) => {
    if (event.target.matches("input.figure")) event.target.select();
  });

  form.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.matches("input.figure")) return;
    const digits = field.value.replace(/[^0-9]/g, "");
    if (digits === field.value) {
      say(saidOf(field), []);
    } else {
      // Refused and said: a letter that vanished in silence would be looked for on the paper.
      say(saidOf(field), [form.dataset.digits]);
      field.value = digits;
    }
    changed = true;
    schedule(PAUSE);
  });

  function schedule(delay) {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(save, delay);
  }

  function body() {
    const data = new FormData(form);
    data.delete("checked");
    return new URLSearchParams(data);
  }

  async function save() {
    if (!changed || stopped) return;
    if (sending) return schedule(PAUSE);
    sending = true;
    changed = false;
    state.textContent = form.dataset.saving;
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: body() });
      await take(answer);
    } catch {
      changed = true;
      state.textContent = form.dataset.unsaved;
      schedule(RETRY);
    } finally {
      sending = false;
      if (waiting) form.requestSubmit(waiting);
      else if (changed) schedule(PAUSE);
    }
  }

  async function take(answer) {
    const type = answer.headers.get("Content-Type") || "";
    if (answer.redirected || answer.status === 403) {
      // The session is over, or another one has begun: this page's token is not valid any more.
      stopped = true;
      state.textContent = form.dataset.signedout;
      state.className = "problem";
      return;
    }
    if (!type.startsWith("application/json")) throw new Error("not our answer");
    const content = await answer.json();
    if (!answer.ok) {
      // Another tab, or another person: this page is told, and stops saving over it.
      stopped = answer.status === 409;
      state.textContent = content.problem;
      state.className = "problem";
      return;
    }
    form.elements.revision.value = content.revision;
    state.textContent = form.dataset.saved;
    for (const field of fields) {
      if (field === document.activeElement && changed) continue;
      const said = content.said[field.name] || [];
      if (said.length || saidOf(field).textContent !== form.dataset.digits) say(saidOf(field), said);
    }
  }

  // A page that is left in the middle of a pause still sends what it has.
  window.addEventListener("pagehide", () => {
    if (changed && !stopped && !sending) {
      fetch(form.dataset.draft, { method: "POST", body: body(), keepalive: true });
    }
  });

  // A button pressed while a pause is being saved waits for the answer, which has the revision.
  let submitted = false;
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (submitted) {
      event.preventDefault(); // a double click finishes once
    } else if (sending) {
      event.preventDefault();
      waiting = event.submitter;
    } else {
      stopped = submitted = true;
    }
  });

  // Back to this page from the next one: it may be older than what is saved.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  if (fields.length) fields.find((field) => !field.value)?.focus();
})();
