// For paper: the diagram as it is folded, cut between the parts of its trunk, and the table.

const printing = (() => {
  // In the units of the diagram; the first page also has a title.
  const PAGE = { width: 1000, height: 1330, first: 1100 };
  const SMALLER = 1.2; // So much smaller is better than another page for a box or two.

  /** How many units of the diagram are one of the page. */
  function scaleOf(bounds) {
    const scale = Math.max(1, bounds.width / PAGE.width);
    const whole = bounds.height / PAGE.first;
    return whole <= SMALLER * scale ? Math.max(scale, whole) : scale;
  }

  /** Pieces of the diagram, each of which goes on a page: ranges down the diagram. */
  function pieces(bounds, scale, boxes) {
    const solid = boxes.filter((box) => box.kind !== "open");
    const outer = boxes.filter((box) => !box.thing.depth);
    const cuts = [gaps(outer), gaps(solid)];
    const found = [];
    const end = bounds.y + bounds.height;
    let top = bounds.y;
    while (top < end) {
      const most = (found.length ? PAGE.height : PAGE.first) * scale;
      const bottom = top + most >= end ? end : cutAt(cuts, top, most);
      found.push([top, bottom]);
      top = bottom;
    }
    return found;
  }

  /** Where a page ends: between parts of the trunk if that fills half of it, else in one. */
  function cutAt(cuts, top, most) {
    for (const all of cuts) {
      const fitting = all.filter((cut) => cut > top + most / 2 && cut <= top + most);
      if (fitting.length) return fitting[fitting.length - 1];
    }
    return top + most;
  }

  /** Heights at which none of the boxes is cut. */
  function gaps(boxes) {
    const spans = boxes.map((box) => [box.y - 3, box.y + box.height + 3])
      .sort((one, other) => one[0] - other[0]);
    const cuts = [];
    let reached = -Infinity;
    for (const [start, end] of spans) {
      if (start > reached) cuts.push(start - 1);
      reached = Math.max(reached, end);
    }
    return cuts;
  }

  function fill(made, legend) {
    const bounds = drawing.bounds();
    const scale = scaleOf(bounds);
    const sheet = find("sheet");
    const { totals } = made;
    const text = `input ${made.input} · ${words.whole(totals.params)} parameters · ` +
      `${words.count(totals.macs)} MACs (${totals.counted})`;
    sheet.replaceChildren(
      make.html("h1", {}, made.name),
      make.html("p", {}, text),
      make.html("p", {}, made.source),
      legend,
      ...pieces(bounds, scale, drawing.boxes())
        .map(([top, bottom]) => piece(bounds, scale, top, bottom)),
      costs(made),
      make.html("p", { class: "convention" }, made.convention));
  }

  function piece(bounds, scale, top, bottom) {
    const [x, width] = [bounds.x - 6, Math.max(bounds.width + 12, 1)];
    const svg = make.svg("svg", { viewBox: `${x} ${top - 2} ${width} ${bottom - top + 4}` });
    svg.style.width = `${Math.min(100, (100 * width) / (PAGE.width * scale))}%`;
    drawing.copyInto(svg, { x: bounds.x, y: top, width: bounds.width, height: bottom - top });
    return make.html("div", { class: "piece" }, svg);
  }

  function costs(made) {
    const rows = model.parts(made)
      .map((thing) => make.html("tr", {},
        make.html("th", { scope: "row" }, thing.items ? thing.name : thing.path),
        make.html("td", {}, thing.items ? thing.subtitle : thing.title),
        make.html("td", {}, thing.shape),
        make.html("td", { class: "number" }, words.whole(thing.params)),
        make.html("td", { class: "number" }, words.whole(thing.macs))));
    const heads = ["Block", "", "Output", "Parameters", "MACs"].map((name) =>
      make.html("th", { scope: "col" }, name));
    return make.html("table", {}, make.html("thead", {}, make.html("tr", {}, ...heads)),
      make.html("tbody", {}, ...rows));
  }

  return { fill, clear: () => find("sheet").replaceChildren() };
})();
