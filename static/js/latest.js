// While a public page is open: is there a newer publication? The country's page then shows the new
// figures by itself, unless the reader stops it, asked for less motion, or has marked something to copy;
// any other page that changed gets a link. Without this script the pages lack nothing.
"use strict";

(() => {
  const main = document.querySelector("main[data-latest]");
  const line = document.getElementById("latest");
  if (!main || !line) return;

  // Milliseconds. Everybody waits a little longer or shorter, so that not all ask at once.
  const wait = () => 1000 + Math.random() * 1500;
  const LONGEST = 60_000;
  // A page may come out of a cache that is this much behind (see its Cache-Control).
  const BEHIND = 120_000;
  // A page that is asked for right after a publication may still be the one before: once more, then.
  const AGAIN = 6_000;

  let pause = wait();
  let timer = null;
  let asking = false;
  let newest = 0;
  // When to look at the page again, because of the newest publication.
  let due = [];
  let byItself = "refresh" in main.dataset && !matchMedia("(prefers-reduced-motion: reduce)").matches;

  // What tells one state of a page from the next: the publication it shows, or stands unchanged since.
  const numbered = "publication" in main.dataset;
  const state = (of) => Number(of.dataset.publication || of.dataset.since);

  function say(name, number, element) {
    line.replaceChildren(element(line.dataset[name].replace("NUMBER", number)));
  }

  function link(words) {
    const made = document.createElement("a");
    made.href = location.pathname;
    made.textContent = words;
    return made;
  }

  function shown(words) {
    const made = document.createDocumentFragment();
    const stop = document.createElement("button");
    stop.type = "button";
    stop.textContent = line.dataset.stop;
    stop.addEventListener("click", () => {
      byItself = false;
      line.replaceChildren();
      main.focus({ preventScroll: true });
    });
    made.append(words, " ", stop);
    return made;
  }

  // What a reader did to an element stays, as do the marks of what changed.
  const OWN = new Set(["open", "class", "tabindex", "data-order"]);

  // Makes ``old`` say what ``fresh`` says, and touches nothing else: focus, scrolling, opened details
  // and what a screen reader is reading stay where they are. Rows of a table go by their first cell.
  function update(old, fresh) {
    for (const { name, value } of fresh.attributes) {
      if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    for (const { name } of [...old.attributes]) {
      if (!OWN.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
    }
    // A heading that sorts has its words in a button (see sort.js), which may have the focus.
    old = old.querySelector(":scope > button.sort") ?? old;
    const known = new Map();
    for (const one of old.childNodes) known.set(key(one), [...(known.get(key(one)) ?? []), one]);
    let place = old.firstChild;
    for (const next of [...fresh.childNodes]) {
      const same = known.get(key(next))?.shift();
      if (!same) {
        old.insertBefore(next, place);
        continue;
      }
      if (same === place) place = place.nextSibling;
      else old.insertBefore(same, place);
      if (same.nodeType === Node.ELEMENT_NODE) update(same, next);
      else if (same.data !== next.data) sayAnew(same, next.data);
    }
    for (const left of known.values()) for (const one of left) one.remove();
  }

  function key(node) {
    if (node.nodeName !== "TR") return `${node.nodeName} ${node.id ?? ""}`;
    return `TR ${node.querySelector("th[scope=row]")?.textContent.trim() ?? ""}`;
  }

  function sayAnew(text, data) {
    text.data = data;
    if (data.trim()) text.parentElement.closest("td, dd, p")?.classList.add("changed");
  }

  function replace(fresh) {
    const focused = document.activeElement;
    const { scrollX, scrollY } = window;
    for (const one of main.querySelectorAll(".changed")) one.classList.remove("changed");
    update(main, fresh);
    main.dispatchEvent(new CustomEvent("replaced"));
    window.scrollTo({ left: scrollX, top: scrollY, behavior: "instant" });
    if (document.activeElement !== focused) (focused.isConnected ? focused : main).focus({ preventScroll: true });
  }

  function take(fresh) {
    if (!fresh || !state(fresh) || state(fresh) === state(main)) return;
    if (numbered && state(fresh) < newest) return;
    if (byItself && getSelection().isCollapsed) {
      replace(fresh);
      say("shown", state(fresh), shown);
    } else {
      say("out", newest, link);
    }
    due = [];
  }

  async function fetched(address) {
    const answer = await fetch(address, { cache: "no-cache", credentials: "omit" });
    if (!answer.ok) throw new Error(answer.status);
    return answer;
  }

  async function look() {
    const answer = await fetched(main.dataset.latest);
    const { publication, published_at } = await answer.json();
    if (publication !== newest) {
      const age = Date.parse(answer.headers.get("Date")) - Date.parse(published_at);
      // At the first look an old publication is no news to a page that does not show numbers: it was
      // made after it.
      const news = state(main) < publication && (numbered || newest > 0 || age < BEHIND);
      newest = publication;
      due = news ? [Date.now(), Date.now() + AGAIN] : [];
    }
    if (!due.length || Date.now() < due[0]) return;
    // A page with a number is looked for until it is there.
    if (!numbered) due.shift();
    const page = await (await fetched(location.pathname)).text();
    take(new DOMParser().parseFromString(page, "text/html").querySelector("main"));
  }

  async function turn() {
    if (asking) return;
    clearTimeout(timer);
    asking = true;
    try {
      await look();
      pause = wait();
    } catch {
      pause = Math.min(2 * pause, LONGEST);
    }
    asking = false;
    if (document.visibilityState === "visible") timer = setTimeout(turn, pause);
  }

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") turn();
    else clearTimeout(timer);
  });
  if (document.visibilityState === "visible") timer = setTimeout(turn, pause);
})();
