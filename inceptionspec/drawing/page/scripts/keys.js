// The keyboard: what each key does, and how arrows walk along the data.

const keys = (() => {
  let act = {};

  /** What is shown under `?`, and what is done; the first word of each key is what is pressed. */
  const TABLE = [
    ["/", "search", () => search.open()],
    ["n", "next match; Shift for the one before", (event) => search.cycle(event.shiftKey ? -1 : 1)],
    ["+", "larger", () => view.zoom(view.STEP)],
    ["-", "smaller", () => view.zoom(1 / view.STEP)],
    ["0", "the whole network", () => view.fit()],
    ["1", "full size", () => view.zoom(1 / view.state.scale)],
    ["f", "fold what is around; Shift folds all blocks",
      (event) => (event.shiftKey ? act.level("network") : act.foldAround())],
    ["b", "a box for each branch", () => act.level("branches")],
    ["u", "unfold all", () => act.level("layers")],
    ["c", "color by the next figure", () => act.nextColor()],
    ["d", "flow down or to the right", () => act.turn()],
    ["t", "light or dark", () => act.turnTheme()],
    ["p", "table of costs", () => act.turnSide()],
    ["s", "save a picture, or link to what is seen", () => act.save()],
    ["?", "these keys", () => act.help()],
  ];
  const WALK = [
    ["Arrows", "walk along the data, and between branches; Shift moves the diagram"],
    ["Enter", "fold or unfold a block; mark the path of a layer"],
    ["Space", "mark the path of a layer or of a block"],
    ["Home, End", "the first and the last"],
    ["Esc", "clear the marks"],
  ];
  const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  const PAN = 80;

  function start(actions) {
    act = actions;
    document.addEventListener("keydown", pressed);
    const rows = [...WALK, ...TABLE].flatMap(([key, what]) =>
      [make.html("dt", {}, make.html("kbd", {}, key)), make.html("dd", {}, what)]);
    find("help-keys").replaceChildren(...rows);
  }

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]") || event.target.closest("input, select, textarea")) return;
    const inDiagram = event.target.closest("#canvas");
    const free = drawing.ready() && (inDiagram || event.target === document.body);
    if (event.key === "Escape") act.clear();
    else if (free && event.key in ARROWS) arrow(event, inDiagram);
    else if (inDiagram && event.key === "Enter") act.enter(drawing.focused());
    else if (inDiagram && event.key === " ") act.select(drawing.focused());
    else if (free && event.key === "Home") step(first());
    else if (free && event.key === "End") step(last());
    else {
      const row = TABLE.find(([key]) => key === event.key.toLowerCase()
        || (key === "+" && event.key === "="));
      if (!row) return;
      row[2](event);
    }
    event.preventDefault();
  }

  function arrow(event, inDiagram) {
    const [dx, dy] = ARROWS[event.key];
    if (event.shiftKey || !inDiagram) view.pan(-dx * PAN, -dy * PAN);
    else step(neighbor(drawing.focused(), dx, dy));
  }

  function step(key) {
    if (!key) return;
    view.reveal(drawing.box(key), false);
    drawing.focus(key);
    act.shown(key);
  }

  /** The box that an arrow leads to; null where there is none. */
  function neighbor(key, dx, dy) {
    const box = drawing.box(key);
    if (!box) return first();
    const along = act.direction() === "LR" ? dx : dy;
    if (!along) return nextTo(box, dx, dy);
    const others = along > 0 ? following(box) : leading(box);
    const middle = center(box);
    others.sort((one, other) => apart(middle, one) - apart(middle, other));
    return others.length ? others[0].key : null;
  }

  /** The boxes that read what a box yields. An open frame leads to what it holds. */
  function following(box) {
    if (box.kind === "open") return [boxOf(box.thing.first)];
    const own = new Set(model.members(box.thing));
    return drawing.edges().filter((edge) => own.has(edge.source)).map((edge) => boxOf(edge.target));
  }

  function leading(box) {
    const own = new Set(box.kind === "open" ? [box.thing.first] : model.members(box.thing));
    return drawing.edges().filter((edge) => own.has(edge.target)).map((edge) => boxOf(edge.source));
  }

  /** The drawn box that a layer is in. */
  function boxOf(index) {
    return drawing.boxes().find(({ kind, thing }) => kind !== "open"
      && (thing.items ? thing.first <= index && index <= thing.last : thing.index === index));
  }

  /** The nearest box at the same height, or in the same column where data flows right. */
  function nextTo(box, dx, dy) {
    const overlaps = (one, other, at, size) =>
      one[at] < other[at] + other[size] && other[at] < one[at] + one[size];
    const found = drawing.boxes().filter((other) => other !== box && other.kind !== "open"
      && (dx ? overlaps(box, other, "y", "height") && (center(other)[0] - center(box)[0]) * dx > 0
        : overlaps(box, other, "x", "width") && (center(other)[1] - center(box)[1]) * dy > 0));
    found.sort((one, other) => apart(center(box), one) - apart(center(box), other));
    return found.length ? found[0].key : null;
  }

  const center = ({ x, y, width, height }) => [x + width / 2, y + height / 2];
  const apart = ([x, y], box) => Math.hypot(center(box)[0] - x, center(box)[1] - y);
  const boxes = () => drawing.boxes().filter((box) => box.kind !== "open");
  const first = () => boxes()[0]?.key;
  const last = () => boxes().pop()?.key;

  return { start, first };
})();
