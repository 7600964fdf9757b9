// The entry page's keyboard, and saving at every pause. Without this script the page works with its
// buttons; nothing here decides anything: the server checks, saves and answers.
"use strict";

(() => {
  const form = document.getElementById("entry");
  const state = document.getElementById("state");
  const fields = [...form.querySelectorAll("input.figure")];
  const checked = form.querySelector("input[name=checked]");
  const reasons = [...form.querySelectorAll("#question input[type=text]")];
  const asked = checked ? [...reasons, checked] : reasons;
  const finish = form.querySelector("button[value=finish]");
  // What is typed and not saved yet, kept by this tab alone for this person's seat alone.
  const kept = `entry-${form.dataset.seat}`;
  const PAUSE = 500;
  const RETRY = 3000;
  let timer = null;
  let sending = null;
  let changed = false;
  let stopped = false;
  let submitted = false;
  let sent = "";
  // What the server may have from us: what the page began with, and every attempt since the last
  // answer. An answer can get lost after its work was done.
  let tried = [];

  const saidOf = (field) => document.getElementById(`said-${field.name}`);
  const values = () => Object.fromEntries(fields.map((field) => [field.name, field.value]));
  const text = (figures) => JSON.stringify(fields.map((field) => figures[field.name] ?? ""));

  function keep() {
    const revision = form.elements.revision.value;
    sessionStorage.setItem(kept, JSON.stringify({ revision, values: values(), sent }));
  }

  function tell(message, problem = false) {
    state.textContent = message;
    state.className = problem ? "problem" : "hint";
  }

  function say(cell, texts) {
    cell.replaceChildren(
      ...texts.flatMap((sentence) => {
        const span = document.createElement("span");
        span.textContent = sentence;
        return [span, " "];
      }),
    );
    cell.closest("tr").classList.toggle("look", texts.length > 0);
  }

  function move(field, step) {
    const next = fields[fields.indexOf(field) + step];
    if (next) next.focus();
    else if (step > 0) (asked[0] || finish).focus();
  }

  form.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.repeat && event.key === "Enter") event.preventDefault(); // a key held down finishes nothing
    if (event.isComposing || event.defaultPrevented) return;
    if (asked.includes(field) && event.key === "Enter") {
      event.preventDefault();
      (asked[asked.indexOf(field) + 1] || finish).focus();
    }
    if (!field.matches("input.figure")) return;
    const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    move(field, event.key === "Enter" && event.shiftKey ? -1 : step);
  });

  form.addEventListener("focusout", (event) => {
    delete event.target.dataset.refused;
  });

  form.addEventListener("focusin", (event) => {
    if (event.target.matches("input.figure")) event.target.select();
  });

  form.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.matches("input.figure")) return;
    const digits = field.value.replace(/[^0-9]/g, "");
    if (digits === field.value) {
      // What was refused stays said until the line is left: the figure may lack a digit now.
      if (!field.dataset.refused || !digits) say(saidOf(field), []);
    } else {
      field.dataset.refused = "yes";
      // Refused and said: a letter that vanished in silence would be looked for on the paper.
      say(saidOf(field), [form.dataset.digits]);
      field.value = digits;
    }
    if (checked) checked.checked = false;
    changed = true;
    keep();
    schedule(PAUSE);
  });

  function schedule(delay) {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(save, delay);
  }

  // One save at a time; resolves to whether the server has what was typed when it began.
  function save() {
    clearTimeout(timer);
    if (stopped) return Promise.resolve(false);
    if (!sending) {
      sending = send().finally(() => {
        sending = null;
        if (changed && !stopped && !submitted) schedule(PAUSE);
      });
    }
    return sending;
  }

  async function send() {
    if (!changed) return true;
    changed = false;
    sent = text(values());
    tried.push(sent);
    keep();
    tell(form.dataset.saving);
    try {
      const data = new FormData(form);
      data.delete("checked");
      const body = new URLSearchParams(data);
      return await take(await fetch(form.dataset.draft, { method: "POST", body }));
    } catch {
      changed = true;
      tell(form.dataset.unsaved);
      schedule(RETRY);
      return false;
    }
  }

  function stop(message) {
    stopped = true;
    tell(message, true);
    return false;
  }

  async function take(answer) {
    // The session is over, or another one has begun: this page's token is not valid any more.
    if (answer.redirected || answer.status === 403) return stop(form.dataset.signedout);
    const type = answer.headers.get("Content-Type") || "";
    if (!type.startsWith("application/json")) throw new Error("not our answer");
    const content = await answer.json();
    if (answer.status === 409) {
      const own = content.figures && tried.includes(text(content.figures));
      if (!own) return stop(content.problem);
      // Our own typing, whose answer got lost: go on from there.
      form.elements.revision.value = content.revision;
      changed = true;
      return send();
    }
    if (!answer.ok) {
      tell(content.problem, true);
      return false;
    }
    form.elements.revision.value = content.revision;
    tried = [sent];
    if (changed) keep();
    else sessionStorage.removeItem(kept);
    tell(form.dataset.saved);
    for (const field of fields) {
      const said = content.said[field.name] || [];
      if (said.length || saidOf(field).textContent.trim() !== form.dataset.digits) {
        say(saidOf(field), said);
      }
    }
    return true;
  }

  async function flushed() {
    for (let tries = 0; tries < 3 && (changed || sending); tries += 1) await save();
    return !changed;
  }

  // Leaving by another form of the page, such as "Sign out", takes what is typed along first.
  document.addEventListener("submit", async (event) => {
    if (event.target === form || !(changed || sending) || stopped) return;
    event.preventDefault();
    await flushed();
    event.target.submit();
  });

  // A button waits for a pause that is being saved: the answer has the revision.
  form.addEventListener("submit", async (event) => {
    if (submitted) return event.preventDefault(); // a double click finishes once
    if (sending) {
      event.preventDefault();
      const button = event.submitter;
      if (await sending) form.requestSubmit(button);
      return;
    }
    clearTimeout(timer);
    submitted = true;
    // Still here after a while: the page did not change, so typing goes on.
    setTimeout(() => {
      submitted = false;
      if (changed) schedule(0);
    }, 5000);
  });

  // Back to this page from the next one: it may be older than what is saved.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  function restore() {
    const stored = JSON.parse(sessionStorage.getItem(kept) || "null");
    if (!stored) return;
    const shown = text(values());
    if (text(stored.values) === shown) return sessionStorage.removeItem(kept);
    // Only over what this tab has read or written itself, never over another tab's typing.
    if (stored.revision !== form.elements.revision.value && stored.sent !== shown) {
      sessionStorage.removeItem(kept);
      return;
    }
    for (const field of fields) field.value = stored.values[field.name] ?? "";
    tried.push(stored.sent);
    changed = true;
    tell(form.dataset.restored);
    schedule(PAUSE);
  }

  tried.push(text(values()));
  restore();
  if (asked.length) (asked.find((field) => field.type === "text" && !field.value) || asked[0]).focus();
  else if (fields.length) fields.find((field) => !field.value)?.focus();
})();
