// Draws the specification of every [data-figure] into it, as wide as its element: where that is narrower than the
// figure, panels become narrower; where that is not enough, they stand one below the other, legends below, long titles on
// several lines, and axes are shortened.
// vegaEmbed and OPTIONS come from what this is bundled with.
const TITLE_LETTER = 9.5; // pixels, of the widest usual font
const SUBTITLE_LETTER = 7;
const LEGEND_LETTER = 6;
const LEGEND_MARK = 60; // the stroke before a name and the room behind it
const NAME = 24; // letters of a name on the vertical axis that stand in one line
const LEAST = 120;
const BESIDE = 170; // what a panel needs beside another one

const parts = (spec) => [
  ...(spec.spec ? [spec.spec] : []),
  ...["layer", "concat", "hconcat", "vconcat"].flatMap((name) => spec[name] ?? []),
];

function* all(spec) {
  yield spec;
  for (const part of parts(spec)) yield* all(part);
}

const drawnIn = (spec) => [...all(spec)].filter((part) => typeof part.width === "number");

function wrapped(text, room, letter) {
  const most = Math.max(10, Math.floor(room / letter));
  const lines = [];
  const words = [text].flat().join(" ").split(" ");
  for (const word of words.flatMap((long) => long.match(new RegExp(`.{1,${most}}`, "gsu")) ?? [""])) {
    const last = lines.length - 1;
    if (last >= 0 && (lines[last] + " " + word).length <= most) lines[last] += " " + word;
    else lines.push(word);
  }
  return lines;
}

function stack(spec, room) {
  for (const part of all(spec)) {
    if (part.facet && !part.facet.row && !part.facet.column) {
      const wide = Math.max(...drawnIn(part.spec).map((panel) => panel.width), 1) + 60;
      part.columns = Math.max(1, Math.min(part.columns ?? part.facet.columns ?? 1, Math.floor(room / wide)));
      delete part.facet.columns;
    }
    for (const header of [part.facet, part.facet?.row, part.facet?.column]) {
      if (header?.field) header.header = { ...header.header, labelLimit: room - 90 };
    }
    if (part.hconcat) {
      part.vconcat = part.hconcat;
      delete part.hconcat;
    }
    if (part.concat) part.columns = 1;
    if (part.title && typeof part.title === "object") {
      if (part.title.text) part.title.text = wrapped(part.title.text, room - 20, TITLE_LETTER);
      if (part.title.subtitle) part.title.subtitle = wrapped(part.title.subtitle, room - 20, SUBTITLE_LETTER);
    }
    const names = part.encoding?.y;
    if (names?.axis && Array.isArray(names.sort)) {
      const lines = Object.fromEntries(names.sort.map((name) => [name, wrapped(String(name), NAME, 1)]));
      Object.assign(names.axis, { labelExpr: `(${JSON.stringify(lines)})[datum.label]`, labelLineHeight: 11 });
    }
    for (const channel of Object.values(part.encoding ?? {})) {
      const legend = channel.legend;
      if (!legend) continue;
      Object.assign(legend, { orient: "bottom", offset: 10 });
      if (channel.type === "quantitative") Object.assign(legend, { direction: "horizontal", gradientLength: Math.min(room - 110, 160) });
      else {
        const longest = Math.max(0, ...(channel.scale?.domain ?? []).map((name) => String(name).length));
        const wide = Math.max(150, LEGEND_MARK + LEGEND_LETTER * longest);
        Object.assign(legend, { columns: Math.max(1, Math.floor(room / wide)), labelLimit: room - 80 });
      }
    }
  }
  const config = (spec.config ??= {});
  config.legend = { ...config.legend, layout: { bottom: { direction: "vertical", anchor: "start" } } };
}

// Panels side by side, each as much narrower as it takes; nothing where that is not needed, or leaves them too narrow.
function narrowed(spec, excess) {
  const beside = Math.max(0, ...[...all(spec)].map((part) => (part.concat ? (part.columns ?? 1) : 0)));
  if (excess <= 1 || beside < 2) return null;
  const copy = structuredClone(spec);
  for (const part of drawnIn(copy)) part.width -= Math.ceil(excess / beside) + 2;
  return drawnIn(copy).every((part) => part.width >= BESIDE) ? copy : null;
}

const widthOf = (element) => element.querySelector("svg")?.getBoundingClientRect().width ?? 0;

async function draw(element, spec) {
  const room = element.clientWidth;
  let made = await vegaEmbed(element, spec, OPTIONS);
  const again = async () => {
    made.finalize();
    made = await vegaEmbed(element, spec, OPTIONS);
  };
  const narrow = narrowed(spec, widthOf(element) - room);
  if (room > 0 && narrow) {
    made.finalize();
    made = await vegaEmbed(element, narrow, OPTIONS);
  }
  if (room > 0 && widthOf(element) > room + 1) {
    spec = structuredClone(spec);
    stack(spec, room);
    await again();
    for (let tries = 0; tries < 3; tries++) {
      const widest = Math.max(...drawnIn(spec).map((part) => part.width), 0);
      const excess = Math.ceil(widthOf(element) - room);
      if (excess <= 0 || widest <= LEAST) break;
      const most = Math.max(LEAST, widest - excess);
      for (const part of drawnIn(spec)) part.width = Math.min(part.width, most);
      await again();
    }
  }
  return made;
}

window.softgateDraw = (element, spec) => draw(element, spec).then((made) => made, (error) => {
  element.textContent = "This figure could not be drawn: " + error.message;
});

for (const element of document.querySelectorAll("[data-figure]")) {
  const text = document.getElementById(element.dataset.figure).textContent;
  let width = element.clientWidth;
  let drawing = window.softgateDraw(element, JSON.parse(text));
  let waiting;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (Math.abs(element.clientWidth - width) < 20) return;
      width = element.clientWidth;
      drawing = drawing.then((made) => {
        made?.finalize();
        return window.softgateDraw(element, JSON.parse(text));
      });
    }, 200);
  });
}
