// Checks, in the reader's browser, that this polling station is inside the national total: hashes and
// sums of docs/verification.md, from the station's record up to the signed checkpoint.
"use strict";

const section = document.getElementById("proof");
const COUNTS = 6;

class Failed extends Error {}

const must = (holds, told) => {
  if (!holds) throw new Failed(told);
};

const bytes = (text) => new TextEncoder().encode(text);

const hex = (buffer) =>
  [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const sha256 = async (data) => hex(await crypto.subtle.digest("SHA-256", data));

const base64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));

const get = async (address) => {
  const answer = await fetch(address, { cache: "no-cache" });
  must(answer.ok, `${address}: ${answer.status}`);
  return answer.text();
};

// A list of a record: an empty item is no figure, and adds nothing.
const list = (text) =>
  text.split(",").map((item) => {
    must(/^(0|[1-9][0-9]{0,17})?$/.test(item), item);
    return item === "" ? null : BigInt(item);
  });

const added = (rows) =>
  rows[0].map((_item, column) => {
    const there = rows.map((row) => row[column]).filter((item) => item !== null);
    return there.length ? there.reduce((sum, item) => sum + item) : null;
  });

const written = (sums) => sums.map((item) => (item === null ? "" : item)).join(",");

// What a station adds: nothing but itself while it is not counted.
const contribution = (record, lines) => {
  const [, , , , , status, , , , , , registered, figures] = record.split("\t");
  const counted = status === "counted";
  const listed = registered === "" ? null : BigInt(registered);
  const items = counted ? list(figures.replaceAll("-", "")) : Array(lines).fill(null);
  must(items.length === lines, "n");
  const where = listed === null ? null : counted ? listed : 0n;
  const is = (word) => (status === word ? 1n : 0n);
  const expected = 1n - is("closed");
  return [expected, is("counted"), is("annulled"), is("no result"), listed, where, ...items];
};

// From one child to the root of its area's tree.
const climb = async (hash, sums, levels) => {
  for (const level of levels) {
    must(level.length >= 1 && level.length <= 16, "16");
    must(level.filter((entry) => entry === null).length === 1, "null");
    const rows = level.map((entry) =>
      entry === null ? [hash, written(sums)] : [hex(base64(entry[0])), entry[1]],
    );
    const text = rows.map(([digest, sums]) => `${digest}\t${sums}\n`).join("");
    sums = added(rows.map(([, text]) => list(text)));
    hash = await sha256(bytes(`hashvark node v1\n${text}`));
  }
  return [hash, sums];
};

const inclusion = async (proof, form, manifest) => {
  let record = proof.record.split("\t");
  must(record[0] === "hashvark station v2" && record[1] === section.dataset.contest, "record");
  must(record[2] === section.dataset.code, "code");
  let hash = await sha256(bytes(proof.record));
  let sums = contribution(proof.record, form.lines.length);
  const steps = [{ name: `${record[2]} ${record[3]}`, sums }];
  let parent = record[4];
  for (const step of proof.path) {
    const [root, total] = await climb(hash, sums, step.levels);
    record = step.record.split("\t");
    must(record[0] === "hashvark area v2" && record[2] === parent, "area");
    must(record[11] === root && record[6] === written(total), "root");
    steps.push({ name: `${record[2]} ${record[3]}`, sums: total });
    hash = await sha256(bytes(step.record));
    sums = total;
    parent = record[4];
  }
  must(parent === "", "head");
  const bound = manifest.contests.find((contest) => contest.contest === section.dataset.contest);
  must(bound.root === hash && bound.sums === written(sums), "manifest");
  return steps;
};

// The manifest is the last leaf of the log: each hash of the path stands left of it.
const inLog = async (manifest, path, checkpoint) => {
  let node = await sha256(new Uint8Array([0, ...bytes(manifest)]));
  for (const left of path) node = await sha256(new Uint8Array([1, ...base64(left), ...unhex(node)]));
  const root = btoa(String.fromCharCode(...unhex(node)));
  must(checkpoint.split("\n")[2] === root, "log");
};

const cells = (row, values, kind) => {
  for (const value of values) {
    const cell = document.createElement(kind);
    cell.textContent = value;
    row.append(cell);
  }
  return row;
};

const figure = (item) => (item === null ? "–" : item.toLocaleString(document.documentElement.lang));

const shown = (steps, form) => {
  const { station, counted, others } = section.dataset;
  const lines = form.lines
    .map((line, position) => ({ ...line, position: COUNTS + position }))
    .filter((line) => ["voters", "invalid", "votes"].includes(line.role));
  const columns = [{ name: counted, position: 1 }, ...lines];
  const table = section.querySelector("table");
  const row = (name, sums, sign) => {
    const made = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = `${sign}${name}`;
    made.append(head);
    if (sign === "= ") made.className = "derived";
    cells(made, columns.map((column) => figure(sums[column.position])), "td");
    made.querySelectorAll("td").forEach((cell) => cell.classList.add("number"));
    return made;
  };
  const head = document.createElement("tr");
  cells(head, [station, ...columns.map((column) => column.name)], "th");
  head.querySelectorAll("th").forEach((cell, i) => {
    cell.scope = "col";
    if (i) cell.classList.add("number");
  });
  table.tHead.replaceChildren(head);
  const rows = [row(steps[0].name, steps[0].sums, "")];
  steps.slice(1).forEach((step, i) => {
    const before = steps[i].sums;
    const none = step.sums[1] === before[1];  // nothing else is counted there: no figure, not 0
    const rest = step.sums.map((item, j) =>
      item === null || (none && j >= COUNTS) ? null : item - (before[j] === null ? 0n : before[j]),
    );
    rows.push(row(others.replace("NAME", () => step.name), rest, "+ "), row(step.name, step.sums, "= "));
  });
  table.tBodies[0].replaceChildren(...rows);
};

const check = async () => {
  const { election, contest } = section.dataset;
  const proof = JSON.parse(await get(section.dataset.proof));
  must(proof.election === election && proof.contest === contest, "proof");
  const base = `/data/${election}/${Number(proof.publication)}`;
  const [manifest, form, checkpoint] = await Promise.all([
    get(`${base}/manifest.json`),
    get(`${base}/${contest}.form.json`),
    get(`${base}/checkpoint`),
  ]);
  const body = JSON.parse(manifest);
  must(body.election === election && body.number === proof.publication, "manifest");
  const bound = body.contests.find((one) => one.contest === contest);
  must(bound.form === (await sha256(bytes(form))), "form");
  const steps = await inclusion(proof, JSON.parse(form), body);
  await inLog(manifest, proof.log, checkpoint);
  shown(steps, JSON.parse(form));
  section.querySelector("pre").textContent = checkpoint;
  section.querySelector("[data-publication]").textContent = proof.publication;
};

const say = (name) => {
  for (const told of section.querySelectorAll("[data-told]")) {
    told.hidden = told.dataset.told !== name;
  }
};

if (section) {
  const button = section.querySelector("button");
  button.hidden = false;
  button.addEventListener("click", async () => {
    say("checking");
    button.disabled = true;
    try {
      must(crypto.subtle, "crypto");
      await check();
      say("holds");
    } catch (error) {
      say(!window.isSecureContext ? "insecure" : error instanceof TypeError ? "offline" : "fails");
      section.querySelector("[data-where]").textContent = error.message;
    }
    button.disabled = false;
  });
}
