// The scatter plot: quiet points on a canvas, what is marked in an SVG above it.

const chart = (() => {
  const EDGES = { left: 58, right: 16, top: 26, bottom: 44 };
  const REACH = 24;  // pixels from which a point is meant

  let axes = { x: 0, y: 1, z: -1 };
  let shown = [];
  let places = [];  // x and y in pixels of each shown row
  let scale = {};
  let selected = null;
  let hovered = null;
  let choose = () => {};
  let size = { width: 0, height: 0 };

  function start(listener) {
    choose = listener;
    const marks = find("marks");
    marks.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "touch") hover(near(event));
    });
    marks.addEventListener("pointerleave", () => hover(null));
    marks.addEventListener("click", (event) => {
      const row = near(event);
      if (row !== null) choose(row);
    });
    new ResizeObserver(draw).observe(find("stage"));
  }

  function show(axes_, rows) {
    axes = axes_;
    shown = rows.filter((row) =>
      data.figure(axes.x, row) !== null && data.figure(axes.y, row) !== null);
    hover(null);
    draw();
  }

  function select(row) {
    selected = row;
    rings();
  }

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function draw() {
    const box = find("stage").getBoundingClientRect();
    size = { width: Math.round(box.width), height: Math.round(box.height) };
    if (!size.width) return;
    fit();
    dots();
    marked();
    legend();
  }

  /** The scales of all that is shown, and the base. */
  function fit() {
    const { base, figures } = data.all();
    const of = (at, room) => {
      const found = shown.map((row) => data.figure(at, row)).filter((figure) => figure !== null);
      if (base && base.figures[at] !== null) found.push(base.figures[at]);
      return scales.make(found, room);
    };
    const room = (at) => (figures[at].most ? [0.05, 0.1] : [0.1, 0.05]);
    scale = { x: of(axes.x, room(axes.x)), y: of(axes.y, room(axes.y)),
      z: axes.z < 0 ? null : of(axes.z, [0, 0]) };
    places = scale.x ? shown.map((row) => place(data.figure(axes.x, row), data.figure(axes.y, row))) : [];
  }

  function place(x, y) {
    return [
      EDGES.left + scale.x.share(x) * (size.width - EDGES.left - EDGES.right),
      size.height - EDGES.bottom - scale.y.share(y) * (size.height - EDGES.top - EDGES.bottom),
    ];
  }

  const theme = () => document.documentElement.dataset.theme;

  /** The color of a row by the third figure; null for none. */
  function color(row) {
    const figure = scale.z && data.figure(axes.z, row);
    if (figure === null) return null;
    const steps = data.all().colors[theme()];
    return steps[Math.max(1, Math.round(scale.z.share(figure) * (steps.length - 1)))];
  }

  function dots() {
    const canvas = find("dots");
    const ratio = window.devicePixelRatio || 1;
    canvas.width = size.width * ratio;
    canvas.height = size.height * ratio;
    const paper = canvas.getContext("2d");
    paper.scale(ratio, ratio);
    paper.globalAlpha = shown.length > 2000 ? 0.6 : 0.8;
    const plain = css("--dot");
    const radius = shown.length > 2000 ? 1.8 : shown.length > 300 ? 2.4 : 3.2;
    shown.forEach((row, at) => {
      const [x, y] = places[at];
      paper.fillStyle = color(row) || plain;
      paper.beginPath();
      paper.arc(x, y, radius, 0, 7);
      paper.fill();
    });
  }

  function marked() {
    const marks = find("marks");
    marks.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
    marks.replaceChildren();
    if (!scale.x) {
      marks.append(make.svg("text", { x: size.width / 2, y: size.height / 2, "text-anchor": "middle" },
        "No variant has these values and figures."));
      return;
    }
    grid(marks);
    const front = shown.map((row, at) => [row, places[at]]).filter(([row]) => data.isFront(row))
      .sort(([, one], [, other]) => one[0] - other[0] || other[1] - one[1]);
    if (data.all().line === `${axes.x},${axes.y}` || data.all().line === `${axes.y},${axes.x}`) {
      const late = data.all().figures[axes.x].most;
      const way = front.map(([, [x, y]], at) => (at === 0 ? `M${x} ${y}`
        : late ? `V${y}H${x}` : `H${x}V${y}`)).join("");
      marks.append(make.svg("path", { d: way, class: "stairs" }));
    }
    for (const [row, [x, y]] of front) {
      const dot = make.svg("circle", { cx: x, cy: y, r: 4.5, class: "front" });
      const fill = color(row);
      if (fill) {
        dot.classList.add("colored");
        dot.style.fill = fill;
      }
      marks.append(dot);
    }
    base(marks);
    marks.append(make.svg("g", { id: "rings" }));
    rings();
  }

  function base(marks) {
    const { base: found } = data.all();
    if (!found || found.figures[axes.x] === null || found.figures[axes.y] === null) return;
    const [x, y] = place(found.figures[axes.x], found.figures[axes.y]);
    const right = x < size.width / 2;
    marks.append(
      make.svg("path", { d: `M${x} ${y - 6}l6 6l-6 6l-6 -6z`, class: "base" }),
      make.svg("text", { x: right ? x + 10 : x - 10, y: y + 4, class: "base-name",
        "text-anchor": right ? "start" : "end" }, found.name),
    );
  }

  function grid(marks) {
    const { figures } = data.all();
    const [left, right] = [EDGES.left, size.width - EDGES.right];
    const [top, bottom] = [EDGES.top, size.height - EDGES.bottom];
    let last = -Infinity;
    for (const tick of scales.ticks(scale.x, figures[axes.x].unit)) {
      const [x] = place(tick, scale.y.low);
      marks.append(make.svg("line", { x1: x, x2: x, y1: top, y2: bottom, class: "grid" }));
      if (x - last < 48) continue;
      last = x;
      marks.append(make.svg("text", { x, y: bottom + 16, "text-anchor": "middle" },
        data.round(axes.x, tick)));
    }
    for (const tick of scales.ticks(scale.y, figures[axes.y].unit)) {
      const [, y] = place(scale.x.low, tick);
      marks.append(
        make.svg("line", { x1: left, x2: right, y1: y, y2: y, class: "grid" }),
        make.svg("text", { x: left - 6, y: y + 4, "text-anchor": "end" }, data.round(axes.y, tick)),
      );
    }
    marks.append(
      make.svg("text", { x: right, y: size.height - 8, "text-anchor": "end", class: "axis" },
        title(axes.x, scale.x)),
      make.svg("text", { x: 2, y: 12, class: "axis" }, title(axes.y, scale.y)),
    );
  }

  function title(at, scale_) {
    const { title: words_, most } = data.all().figures[at];
    return [words_, ...(scale_.log ? ["log scale"] : []), most ? "more is better" : "less is better"]
      .join(", ");
  }

  function rings() {
    const group = find("rings");
    if (!group) return;
    group.replaceChildren(...[[selected, "selected"], [hovered, "hovered"]].flatMap(([row, kind]) => {
      const at = row === null ? -1 : shown.indexOf(row);
      if (at < 0) return [];
      return [make.svg("circle", { cx: places[at][0], cy: places[at][1], r: 7, class: kind })];
    }));
  }

  /** The nearest row, of equally near ones one of the front; null where none is near. */
  function near(event) {
    const box = find("stage").getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let found = null;
    let least = REACH ** 2;
    places.forEach(([px, py], at) => {
      const far = (px - x) ** 2 + (py - y) ** 2 - (data.isFront(shown[at]) ? 30 : 0);
      if (far < least) [found, least] = [shown[at], far];
    });
    return found;
  }

  function hover(row) {
    if (row === hovered) return;
    hovered = row;
    rings();
    const card = find("card");
    card.hidden = row === null;
    if (row === null) return;
    card.replaceChildren(...details.facts(row));
    const [x, y] = places[shown.indexOf(row)];
    const { width, height } = card.getBoundingClientRect();
    const left = x + 14 + width < size.width ? x + 14 : Math.max(0, x - 14 - width);
    card.style.transform = `translate(${left}px, ${Math.max(0, Math.min(y - height / 2, size.height - height))}px)`;
  }

  function legend() {
    const entry = (kind, text) => make.html("span", {}, make.html("i", { class: kind }), text);
    const parts = [entry("", "variant"), entry("is-front", "front")];
    if (data.all().base) parts.push(entry("is-base", data.all().base.name));
    if (scale.z) {
      const steps = data.all().colors[theme()].slice(1).map((fill) => {
        const step = make.html("i", { class: "step" });
        step.style.background = fill;
        return step;
      });
      parts.push(make.html("span", {}, `${data.all().figures[axes.z].title}: `
        + data.text(axes.z, scale.z.low), ...steps, "\u2002", data.text(axes.z, scale.z.high)));
    }
    find("legend").replaceChildren(...parts);
  }

  return { start, show, select, draw };
})();
