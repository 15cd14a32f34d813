"use strict";
// Colours a passage by one signal of one unit, and reads all signals of the character under the pointer.
// Text from outside is only ever set as textContent.
for (const passage of document.querySelectorAll(".passage")) {
  const all = (selector) => [...passage.querySelectorAll(selector)];
  const one = (selector) => passage.querySelector(selector);
  const model = JSON.parse(one("script").textContent);
  const bytes = Uint8Array.from(atob(model.data), (letter) => letter.charCodeAt(0));
  const numbers = new DataView(bytes.buffer);
  const text = one(".text"), spans = all(".text span"), steps = spans.length, count = model.signals.length;
  const place = new Map(spans.map((span, index) => [span, index]));
  const cells = all("[data-cell]"), signals = all("[data-signal]"), traces = one(".traces");
  const bars = signals.map((button) => button.querySelector(".fill"));
  const values = signals.map((button) => button.querySelector("output"));
  let cell = 0, signal = model.shown, at = -1;

  const value = (s, t) => numbers.getInt16(2 * ((cell * count + s) * steps + t), true) / 32767 * model.cells[cell].scale[s];
  // The same with 1 for full colour; what lies beyond is cut.
  const share = (s, t) => Math.max(-1, Math.min(1, value(s, t) / model.cells[cell].full[s]));
  const show = (value) => (value < 0 ? "\u2212" : "") + Math.abs(value).toFixed(Math.abs(value) < 9.995 ? 2 : 1);

  function paint() {
    if (!model.cells.length) return;
    const signed = model.cells[cell].signed[signal], full = model.cells[cell].full[signal];
    for (let t = 0; t < steps; t++) {
      const level = Math.round(share(signal, t) * 10), span = spans[t], newline = span.textContent === "\n";
      const colour = level === 0 ? "" : (signed ? (level > 0 ? "p" : "n") : "s") + Math.abs(level);
      span.className = colour + (newline ? " nl" : "") + (t === at ? " on" : "");
    }
    one(".low").textContent = model.signals[signal] + "  " + (signed ? show(-full) : "0");
    one(".high").textContent = show(full);
    one(".ramp").className = "ramp " + (signed ? "signed" : "share");
    cells.forEach((button, k) => button.setAttribute("aria-pressed", k === cell));
    signals.forEach((button, k) => button.setAttribute("aria-pressed", k === signal));
    read();
  }

  function read() {
    if (at < 0 || !model.cells.length) return;
    const here = spans[at].textContent;
    one(".glyph").textContent = here === "\n" ? "\u21B5" : here === " " ? "\u2423" : here === "\t" ? "\u21E5" : here;
    one(".truth").textContent = model.labels
      .map(({ title, values: v }) => (v[at] === true ? title : v[at] === false ? "not " + title : title + " " + v[at])).join(" \u00B7 ")
      || "character " + (at + 1);
    for (let s = 0; s < count; s++) {
      const part = share(s, at), signed = model.cells[cell].signed[s];
      bars[s].setAttribute("x", signed ? Math.min(50, 50 + 50 * part) : 0);
      bars[s].setAttribute("width", Math.abs(part) * (signed ? 50 : 100));
      bars[s].setAttribute("class", "fill " + (signed ? (part < 0 ? "neg" : "pos") : ""));
      values[s].textContent = show(value(s, at));
    }
    trace();
  }

  function element(name, attributes, content) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (content !== undefined) made.textContent = content;
    return made;
  }

  // The signals around the pointer, one lane each, above the characters they belong to.
  function trace() {
    const width = traces.clientWidth, step = 9, left = 20, lane = 34;
    if (!width) return;
    const shown = Math.min(steps, Math.floor((width - left) / step));
    const from = Math.max(0, Math.min(at - (shown >> 1), steps - shown));
    const x = (t) => left + (t - from + 0.5) * step;
    const made = [];
    for (let s = 0; s < count; s++) {
      const signed = model.cells[cell].signed[s], top = s * lane + 4, tall = lane - 8, points = [];
      const zero = signed ? top + tall / 2 : top + tall;
      for (let t = from; t < from + shown; t++) points.push(x(t) + "," + (zero - share(s, t) * (signed ? tall / 2 : tall)));
      made.push(element("line", { class: "zero", x1: left, x2: width, y1: zero, y2: zero }));
      made.push(element("polyline", { points: points.join(" ") }));
      made.push(element("text", { class: "name", x: 2, y: top + tall / 2 + 4 }, model.signals[s]));
    }
    for (let t = from; t < from + shown; t++) {
      const here = spans[t].textContent;
      made.push(element("text", { x: x(t), y: count * lane + 16 }, here === "\n" ? "\u21B5" : here));
    }
    made.push(element("line", { class: "here", x1: x(at), x2: x(at), y1: 0, y2: count * lane }));
    traces.replaceChildren(...made);
  }

  function go(t, follow) {
    if (t < 0 || t >= steps || t === at) return;
    if (at >= 0) spans[at].classList.remove("on");
    at = t;
    spans[at].classList.add("on");
    if (follow) spans[at].scrollIntoView({ block: "nearest", inline: "nearest" });
    read();
  }

  // The character in the same place of the line above or below.
  function vertical(by) {
    const letters = spans.map((span) => span.textContent).join("");
    const start = letters.lastIndexOf("\n", at - 1) + 1, column = at - start;
    const other = by < 0 ? letters.lastIndexOf("\n", start - 2) + 1 : letters.indexOf("\n", at) + 1;
    if ((by < 0 && start === 0) || (by > 0 && other === 0)) return at;
    const end = letters.indexOf("\n", other);
    return Math.min(other + column, end < 0 ? steps - 1 : end);
  }

  text.addEventListener("pointermove", (event) => go(place.get(event.target) ?? at));
  text.addEventListener("pointerdown", (event) => go(place.get(event.target) ?? at));
  text.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: () => at - 1, ArrowRight: () => at + 1, ArrowUp: () => vertical(-1), ArrowDown: () => vertical(1) };
    if (!(event.key in moves)) return;
    event.preventDefault();
    go(at < 0 ? 0 : moves[event.key](), true);
  });
  cells.forEach((button, k) => button.addEventListener("click", () => { cell = k; paint(); }));
  signals.forEach((button, k) => button.addEventListener("click", () => { signal = k; paint(); }));
  window.addEventListener("resize", read);
  paint();
  go(Math.max(0, Math.min(40, steps - 1)));
}

// A table that is sorted by the column whose title is pressed; pressed again, the other way round.
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const titles = [...table.querySelectorAll("th")], body = table.tBodies[0];
  const key = (row, column) => {
    const text = row.cells[column].textContent.trim();
    const number = parseFloat(text.replace(/[<,\u2009]/g, "").replace("\u2212", "-"));
    return Number.isNaN(number) ? text : number;
  };
  titles.forEach((title, column) => title.querySelector("button").addEventListener("click", () => {
    const up = title.getAttribute("aria-sort") !== "ascending";
    titles.forEach((other) => other.removeAttribute("aria-sort"));
    title.setAttribute("aria-sort", up ? "ascending" : "descending");
    const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
    const rows = [...body.rows].map((row) => [key(row, column), row]);
    rows.sort(([a], [b]) => (up ? 1 : -1) * compare(a, b));
    body.replaceChildren(...rows.map(([, row]) => row));
  }));
}
