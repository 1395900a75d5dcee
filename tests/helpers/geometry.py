"""What no layout of a page may do, asked of the page itself."""

from __future__ import annotations

#: A function in the page that lists the faults of what is laid out.
GEOMETRY = """() => {
  const faults = [];
  const inside = (one, other) => one.x >= other.x && one.y >= other.y
    && one.x + one.width <= other.x + other.width && one.y + one.height <= other.y + other.height;
  const apart = (one, other) => one.x + one.width <= other.x || other.x + other.width <= one.x
    || one.y + one.height <= other.y || other.y + other.height <= one.y;
  const all = drawing.boxes();
  const pen = document.createElement("canvas").getContext("2d");
  all.forEach((one, place) => {
    for (const other of all.slice(place + 1)) {
      const nested = (one.kind === "open" && inside(other, one))
        || (other.kind === "open" && inside(one, other));
      if (!nested && !apart(one, other)) faults.push(`${one.key} overlaps ${other.key}`);
    }
    if (one.kind === "open") return;
    const wide = Math.max(...one.lines.map(([kind, text]) => {
      pen.font = paper.fonts[kind];
      return pen.measureText(text).width;
    }));
    if (wide > one.width - 4) faults.push(`a line of ${one.key} leaves its box`);
  });
  const solid = all.filter((box) => box.kind !== "open");
  pen.font = paper.fonts.small;
  const labels = drawing.records().filter((record) => record.label).map(({ label }) => ({
    key: `the shape ${label.text}`, x: label.x, y: label.y - 8,
    width: pen.measureText(label.text).width, height: 9 }));
  labels.forEach((label, place) => {
    for (const other of [...solid, ...labels.slice(place + 1)]) {
      if (!apart(label, other)) faults.push(`${label.key} overlaps ${other.key}`);
    }
  });
  for (const edge of drawing.edges()) {
    for (let at = 1; at < edge.points.length; at += 1) {
      const [[ax, ay], [bx, by]] = [edge.points[at - 1], edge.points[at]];
      if (ax !== bx && ay !== by) faults.push(`an edge of ${edge.source} is not straight`);
      const line = { x: Math.min(ax, bx) + 0.1, y: Math.min(ay, by) + 0.1,
        width: Math.abs(ax - bx) - 0.2, height: Math.abs(ay - by) - 0.2 };
      for (const box of solid) {
        if (!apart(line, box)) faults.push(`an edge to ${edge.target} crosses ${box.key}`);
      }
      for (const label of labels) {
        if (!apart(line, label)) faults.push(`an edge to ${edge.target} crosses ${label.key}`);
      }
      for (const { thing, key, ...box } of all.filter((one) => one.kind === "open")) {
        const holds = (index) => thing.first <= index && index <= thing.last;
        const foreign = !holds(edge.source) && !holds(edge.target);
        if (foreign && !apart(line, box)) faults.push(`an edge of ${edge.source} crosses ${key}`);
      }
    }
  }
  return faults;
}"""
