// The keyboard of the page on which turnout is reported. Without this script Enter saves the page;
// nothing here decides anything.
"use strict";

(() => {
  const form = document.getElementById("turnout");
  if (!form) return;
  const fields = [...form.querySelectorAll("input:not([type=hidden])")];
  const button = form.querySelector("button");
  let submitted = false;

  form.addEventListener("keydown", (event) => {
    if (event.isComposing || !fields.includes(event.target)) return;
    const step = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = fields[fields.indexOf(event.target) + step];
    if (next) next.focus();
    else if (step > 0) button.focus();
  });

  form.addEventListener("focusin", (event) => {
    if (event.target.matches("input.figure")) event.target.select();
  });

  form.addEventListener("submit", (event) => {
    if (submitted) event.preventDefault(); // a double click saves once
    submitted = true;
    // Still here after a while: the page did not change, so it may be tried again.
    setTimeout(() => {
      submitted = false;
    }, 5000);
  });
})();
