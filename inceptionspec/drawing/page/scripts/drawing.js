// What is laid out, as SVG. Only what is in view is in the document; what stays is moved and
// not created again, so that the focus and the reader's place are kept.

const drawing = (() => {
  const FAR = 0.35;  // below this size no text can be read
  const GROUPS = ["frames", "edges", "labels", "boxes"];

  let scene = null;
  let groups = null;
  let laid = null;
  let scheme = null;
  let marks = { selected: null, path: null, found: new Set(), blamed: new Set(),
    changed: new Set(), focused: null };
  const shown = new Map();

  function start(root) {
    scene = root;
    groups = grouped(scene);
    for (const group of Object.values(groups)) group.setAttribute("role", "presentation");
    for (const name of ["edges", "labels"]) groups[name].setAttribute("aria-hidden", "true");
  }

  /** A group for each kind of record, in the order in which they cover each other. */
  function grouped(parent) {
    return Object.fromEntries(GROUPS.map((name) => {
      const group = make.svg("g", { class: name });
      parent.append(group);
      return [name, group];
    }));
  }

  /** Take another layout: every record of it under a key that names the same thing. */
  function take(layoutMade) {
    laid = layoutMade;
    laid.keys = new Map();
    laid.byKey = new Map();
    laid.records = [];
    for (const box of laid.boxes) {
      box.key = box.thing.key;
      laid.byKey.set(box.key, box);
      laid.records.push({ key: `${box.kind} ${box.key}`, box, area: box });
    }
    for (const edge of laid.edges) {
      const key = `edge ${edge.source} ${edge.target} ${edge.points.length}`;
      laid.records.push({ key: unique(key), edge, area: around(edge.points) });
    }
    for (const label of laid.labels) {
      const area = { x: label.x, y: label.y - 10, width: 80, height: 12 };
      laid.records.push({ key: unique(`label ${label.source} ${label.text}`), label, area });
    }
    laid.closedAt = new Map(laid.boxes.filter((box) => box.kind === "closed")
      .map((box) => [box.thing.first, box.thing]));
  }

  /** A merge may read one layer twice; then the second edge has a number. */
  function unique(key) {
    const count = laid.keys.get(key) || 0;
    laid.keys.set(key, count + 1);
    return count ? `${key} ${count}` : key;
  }

  function around(points) {
    const xs = points.map(([x]) => x);
    const ys = points.map(([, y]) => y);
    const [x, y] = [Math.min(...xs), Math.min(...ys)];
    return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
  }

  /** Bring the document up to what is in view. */
  function draw() {
    const { x, y, scale } = view.state;
    scene.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    scene.classList.toggle("far", scale < FAR);
    scene.classList.toggle("named", names.draw(laid.boxes, view.state, view.size()));
    const { left, top, right, bottom } = view.seen();
    const wanted = new Set();
    for (const record of laid.records) {
      const { area } = record;
      const inView = area.x <= right && area.y <= bottom
        && area.x + area.width >= left && area.y + area.height >= top;
      if (inView || (record.box && record.box.key === marks.focused)) {
        wanted.add(record.key);
        place(record);
      }
    }
    for (const [key, entry] of shown) {
      if (!wanted.has(key)) {
        entry.element.remove();
        shown.delete(key);
      }
    }
  }

  function place(record) {
    let entry = shown.get(record.key);
    if (entry && entry.record === record) return;
    if (!entry || !same(entry.record, record)) {
      const element = made(record);
      if (entry) entry.element.replaceWith(element);
      else groups[groupOf(record)].append(element);
      entry = { element };
      shown.set(record.key, entry);
      paintOne(element, record);
    } else if (record.box) {
      entry.element.setAttribute("transform", `translate(${record.box.x} ${record.box.y})`);
    }
    entry.record = record;
  }

  /** Whether a record looks as another did, but for the place of a box. */
  function same(before, now) {
    if (now.box) {
      return before.box.thing === now.box.thing && before.box.width === now.box.width
        && before.box.height === now.box.height
        && before.box.textAt?.subtitle === now.box.textAt?.subtitle;
    }
    return false;
  }

  function groupOf(record) {
    if (record.edge) return "edges";
    if (record.label) return "labels";
    return record.box.kind === "open" ? "frames" : "boxes";
  }

  function made(record) {
    if (record.edge) return edge(record.edge);
    if (record.label) {
      const { x, y, text } = record.label;
      return make.svg("text", { class: "shape", x, y }, text);
    }
    return record.box.kind === "open" ? openFrame(record.box) : box(record.box);
  }

  // Boxes and frames

  function box(record) {
    const { thing, x, y, width, height, lines, kind } = record;
    const closed = kind === "closed";
    const group = item(record, closed ? "box closed" : "box", x, y);
    if (closed) group.setAttribute("aria-expanded", "false");
    if (closed && thing.kind === "head" && !thing.main) group.classList.add("auxiliary");
    if (closed && !thing.isRun) {
      group.append(make.svg("rect", { class: "behind", x: 4, y: 4, width, height, rx: 6 }));
    }
    group.append(make.svg("rect", { class: "face", width, height, rx: record.isMerge ? 4 : 6 }));
    const whole = lines.reduce((sum, [line]) => sum + paper.lines[line], 0);
    let at = (height - whole) / 2;
    for (const [line, text] of lines) {
      at += paper.lines[line];
      group.append(make.svg("text",
        { class: line, x: width / 2, y: at - 4, "text-anchor": "middle" }, text));
    }
    if (closed) group.append(make.svg("path", { class: "sign", d: "M8 11h8M12 7v8" }));
    return group;
  }

  function openFrame(record) {
    const { thing, x, y, width, height, textAt, cost } = record;
    const group = item(record, "frame", x, y);
    group.setAttribute("aria-expanded", "true");
    group.classList.add(thing.depth % 2 ? "odd" : "even");
    if (thing.kind === "head" && !thing.main) group.classList.add("auxiliary");
    if (thing.kind === "branch") group.classList.add("branch");
    const header = layout.headerOf(thing);
    group.append(
      make.svg("rect", { class: "ground", width, height, rx: 8 }),
      make.svg("rect", { class: "header", width, height: header, rx: 8 }),
      make.svg("path", { class: "sign", d: `M8 ${header / 2}h8` }));
    const write = (text, line, x_, anchor) => group.append(make.svg("text",
      { class: line, x: x_, y: header / 2 + 4.5, "text-anchor": anchor }, text));
    write(thing.name, thing.kind === "branch" ? "small" : "title", 22, "start");
    if (thing.subtitle) write(thing.subtitle, "text", textAt.subtitle, "start");
    if (textAt.cost) write(cost, "small", textAt.cost, "end");
    return group;
  }

  function item(record, classes, x, y) {
    const { thing } = record;
    return make.svg("g", {
      class: classes,
      transform: `translate(${x} ${y})`,
      role: "treeitem",
      tabindex: record.key === marks.focused ? 0 : -1,
      "aria-label": spoken(thing),
      "aria-level": 1 + thing.depth,
      "data-key": thing.key,
    });
  }

  /** The text for a screen reader. */
  function spoken(thing) {
    if (thing.items) {
      const parts = [thing.name, thing.subtitle, words.plural(thing.count, "layer"),
        `output ${thing.shape}`, `${words.count(thing.params)} parameters`,
        `${words.count(thing.macs)} MACs`];
      return parts.filter(Boolean).join(", ");
    }
    const parts = [thing.path, thing.title, thing.details, `output ${thing.shape}`];
    if (thing.params) parts.push(`${words.count(thing.params)} parameters`);
    if (thing.macs) parts.push(`${words.count(thing.macs)} MACs`);
    return parts.filter(Boolean).join(", ");
  }

  // Edges

  /** Where branches share a stretch, one line is drawn there, unless the way is marked. */
  function edge(record) {
    return make.svg("path", { class: "edge", d: curve(record.own) });
  }

  /** A line with round corners and an open arrow at its end. */
  function curve(points) {
    const corners = simplified(points);
    let path = `M${corners[0].join(" ")}`;
    for (let at = 1; at < corners.length - 1; at += 1) {
      const radius = Math.min(6, distance(corners[at - 1], corners[at]) / 2,
        distance(corners[at], corners[at + 1]) / 2);
      const [enter, leave] = [toward(corners[at], corners[at - 1], radius),
        toward(corners[at], corners[at + 1], radius)];
      path += `L${enter.join(" ")}Q${corners[at].join(" ")} ${leave.join(" ")}`;
    }
    const end = corners[corners.length - 1];
    path += `L${end.join(" ")}`;
    const [back] = corners.slice(-2);
    return path + arrow(back, end);
  }

  function arrow([fromX, fromY], [x, y]) {
    const [dx, dy] = [Math.sign(x - fromX), Math.sign(y - fromY)];
    const [long, wide] = [5, 3];
    const wing = (side) => [x - dx * long + dy * wide * side, y - dy * long + dx * wide * side];
    return `M${wing(1).join(" ")}L${x} ${y}L${wing(-1).join(" ")}`;
  }

  /** Without points that lie on a straight line between their neighbors. */
  function simplified(points) {
    const kept = [];
    for (const point of points) {
      const [before, last] = kept.slice(-2);
      if (last && last[0] === point[0] && last[1] === point[1]) continue;
      const straight = before && last
        && ((before[0] === last[0] && last[0] === point[0])
          || (before[1] === last[1] && last[1] === point[1]));
      if (straight) kept.pop();
      kept.push(point);
    }
    return kept.length > 1 ? kept : [points[0], points[points.length - 1]];
  }

  const distance = (one, other) => Math.abs(one[0] - other[0]) + Math.abs(one[1] - other[1]);

  function toward([x, y], [otherX, otherY], length) {
    return [x + Math.sign(otherX - x) * length, y + Math.sign(otherY - y) * length];
  }

  // Colors and marks

  function paint(made) {
    scheme = made;
    for (const { element, record } of shown.values()) paintOne(element, record);
  }

  function mark(changes) {
    marks = { ...marks, ...changes };
    scene.classList.toggle("tracing", Boolean(marks.path));
    for (const { element, record } of shown.values()) markOne(element, record);
  }

  function paintOne(element, record) {
    if (record.box && record.box.kind !== "open") {
      const { fill, text } = scheme.of(record.box.thing);
      element.querySelector(".face").setAttribute("fill", fill);
      for (const line of element.querySelectorAll("text")) line.setAttribute("fill", text);
      element.querySelector(".sign")?.setAttribute("stroke", text);
    }
    markOne(element, record);
  }

  function markOne(element, record) {
    const { selected, path, found, blamed, changed, focused } = marks;
    element.classList.toggle("on", Boolean(path) && isOn(path, record));
    if (!record.box) {
      if (record.edge) markEdge(element, record.edge);
      return;
    }
    const { key } = record.box;
    element.classList.toggle("selected", key === selected);
    element.classList.toggle("found", found.has(key));
    element.classList.toggle("blamed", blamed.has(key));
    element.classList.toggle("changed", changed.has(key));
    element.setAttribute("tabindex", key === focused ? 0 : -1);
    if (key === selected) element.setAttribute("aria-selected", "true");
    else element.removeAttribute("aria-selected");
  }

  function markEdge(element, { points, own }) {
    const on = element.classList.contains("on");
    if (points !== own) element.setAttribute("d", curve(on ? points : own));
    if (on) element.parentNode?.append(element);
  }

  /** Whether something is on the marked way from the input to the heads. */
  function isOn({ before, after }, record) {
    if (record.label) return before.has(record.label.source) || after.has(record.label.source);
    if (record.edge) {
      const { source, target } = record.edge;
      const reaches = (side) => side.has(source) && reachesInto(side, target);
      return reaches(before) || reaches(after);
    }
    const members = model.members(record.box.thing);
    return members.some((index) => before.has(index) || after.has(index));
  }

  /** An edge ends at the first layer of a folded frame; any of its layers will do. */
  function reachesInto(side, target) {
    const closed = laid.closedAt.get(target);
    if (!closed) return side.has(target);
    return model.members(closed).some((index) => side.has(index));
  }

  function focus(key) {
    mark({ focused: key });
    draw();
    element(key)?.focus({ preventScroll: true });
  }

  function element(key) {
    const record = laid.byKey.get(key);
    return record ? shown.get(`${record.kind} ${key}`)?.element : null;
  }

  /** What is drawn in a rectangle as separate elements, put into a parent. */
  function copyInto(parent, { x, y, width, height }) {
    const copies = grouped(parent);
    for (const record of laid.records) {
      const { area } = record;
      if (area.x <= x + width && area.y <= y + height
        && area.x + area.width >= x && area.y + area.height >= y) {
        const element_ = made(record);
        copies[groupOf(record)].append(element_);
        paintOne(element_, record);
      }
    }
  }

  return {
    start, take, draw, paint, mark, focus, element, copyInto,
    ready: () => laid !== null,
    box: (key) => laid.byKey.get(key) || null,
    boxes: () => laid.boxes,
    edges: () => laid.edges,
    records: () => laid.records,
    bounds: () => laid,
    focused: () => marks.focused,
  };
})();
