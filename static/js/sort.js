// Tables that a reader can sort by any column. The order stands in the address, so it can be passed on.
// Without this script they stand in the order that their caption says.
"use strict";

(() => {
  const tables = [...document.querySelectorAll("table[data-sortable]")];

  const value = (row, column) => {
    const cell = row.cells[column];
    const number = cell.dataset.value ?? "";
    return number === "" && "value" in cell.dataset ? null : number === "" ? cell.textContent.trim() : Number(number);
  };

  // What has no figure comes last, whichever way.
  const compare = (down) => (a, b) => {
    if (a === null || b === null) return (a === null) - (b === null);
    const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), document.documentElement.lang);
    return down ? -order : order;
  };

  function sort(table, column, down) {
    const body = table.tBodies[0];
    const by = compare(down);
    const rows = [...body.rows].map((row) => [value(row, column), row]);
    rows.sort(([a], [b]) => by(a, b));
    body.append(...rows.map(([, row]) => row));
    [...table.tHead.rows[0].cells].forEach((cell, i) => {
      if (i === column) cell.setAttribute("aria-sort", down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    table.dataset.order = `${column}${down ? "-" : "+"}`;
  }

  function remember() {
    const orders = [...document.querySelectorAll("table[data-sortable]")].map((table) => table.dataset.order ?? "");
    history.replaceState(null, "", `#sort=${orders.join(",")}`);
  }

  function prepare(table) {
    [...table.tHead.rows[0].cells].forEach((cell, column) => {
      if (cell.tagName !== "TH" || cell.querySelector("button")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...cell.childNodes);
      cell.append(button);
      button.addEventListener("click", () => {
        const numbers = table.tBodies[0].rows[0] && "value" in table.tBodies[0].rows[0].cells[column].dataset;
        // Numbers begin with the largest, words with the first.
        const now = cell.getAttribute("aria-sort");
        sort(table, column, now ? now === "ascending" : Boolean(numbers));
        remember();
      });
    });
  }

  function restore() {
    const orders = location.hash.startsWith("#sort=") ? location.hash.slice(6).split(",") : [];
    orders.forEach((order, i) => {
      const [, column, way] = /^(\d{1,2})([+-])$/.exec(order) ?? [];
      if (column && tables[i]?.tHead.rows[0].cells[column]?.tagName === "TH") sort(tables[i], Number(column), way === "-");
    });
  }

  tables.forEach(prepare);
  restore();
  // New figures came into the page: the reader's order stays.
  document.querySelector("main")?.addEventListener("replaced", () => {
    const orders = tables.map((table) => table.dataset.order);
    tables.forEach((table, i) => {
      prepare(table);
      const [, column, way] = /^(\d+)([+-])$/.exec(orders[i] ?? "") ?? [];
      if (column) sort(table, Number(column), way === "-");
    });
  });
})();
