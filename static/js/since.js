// What changed since this reader last looked at this election: kept in the reader's browser alone.
"use strict";

(() => {
  const main = document.querySelector("main[data-latest]");
  const line = document.getElementById("since-last");
  if (!main || !line) return;
  const place = `hashvark ${main.dataset.latest}`;

  const now = () => ({
    publication: Number(main.dataset.publication),
    counted: line.dataset.now.trim().split(" ").map(Number),
    leaders: line.dataset.leaders,
  });

  function last() {
    try {
      return JSON.parse(localStorage.getItem(place));
    } catch {
      return null;
    }
  }

  function keep() {
    try {
      localStorage.setItem(place, JSON.stringify(now()));
    } catch {
      // A browser that keeps nothing has nothing to compare.
    }
  }

  function tell(before) {
    const { publication, counted, leaders } = now();
    if (!before || !(before.publication < publication)) return;
    const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
    const more = sum(counted) - sum(before.counted ?? []);
    const words = [line.dataset.since.replace("NUMBER", before.publication)];
    if (more) words.push(line.dataset.counted.replace("NUMBER", (more > 0 ? "+" : "\u2212") + Math.abs(more)));
    words.push(before.leaders === leaders ? line.dataset.same : line.dataset.other);
    line.textContent = words.join(" ");
    line.hidden = false;
  }

  const before = last();
  tell(before);
  keep();
  main.addEventListener("replaced", () => {
    tell(before ?? null);
    keep();
  });
})();
