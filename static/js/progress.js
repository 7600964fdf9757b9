// The progress page fetches itself anew; when what comes is another page, such as the sign-in, the
// browser goes there instead of emptying this one.
"use strict";

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.serverResponse.includes('id="progress"')) return;
  event.detail.shouldSwap = false;
  location.reload();
});
