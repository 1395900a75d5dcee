// The table of costs next to the diagram.

const table = (() => {
  const COLUMNS = [
    { id: "name", name: "Name", text: (row) => row.name, of: (row) => row.order },
    { id: "params", name: "Params", title: "parameters", text: (row) => words.count(row.thing.params),
      of: (row) => row.thing.params },
    { id: "macs", name: "MACs", title: "multiply-accumulates", text: (row) => words.count(row.thing.macs),
      of: (row) => row.thing.macs },
    { id: "memory", name: "Memory", title: "activations that are alive while it runs", text: (row) => words.bytes(row.thing.live),
      of: (row) => row.thing.live },
  ];
  const PIECE = 200;  // rows that are made at a time

  let made = null;
  let sorted = { id: "name", down: false };
  let level = "blocks";
  let rows = [];
  let count = 0;
  let choose = () => {};
  let changed = () => {};
  let selected = null;

  function start(onChoose, onChange) {
    choose = onChoose;
    changed = onChange;
    const body = find("rows");
    body.addEventListener("click", (event) => {
      const row = event.target.closest("tr[data-key]");
      if (row) choose(row.dataset.key);
    });
    body.addEventListener("keydown", keydown);
    find("costs").addEventListener("scroll", grow, { passive: true });
    for (const button of document.querySelectorAll("#levels button")) {
      button.addEventListener("click", () => show(made, button.dataset.level));
    }
    find("heads").replaceChildren(...COLUMNS.map(heading));
  }

  function heading(column) {
    const button = make.html("button", { type: "button", "data-column": column.id,
      title: column.title }, column.name);
    button.addEventListener("click", () => {
      const down = sorted.id === column.id ? !sorted.down : column.id !== "name";
      sorted = { id: column.id, down };
      fill();
    });
    return make.html("th", { scope: "col", "data-column": column.id }, button);
  }

  /** Show a network, by block or by layer. */
  function show(model_, by = level) {
    made = model_;
    level = by;
    fill();
    changed();
  }

  function fill() {
    if (!made) return;
    for (const button of document.querySelectorAll("#levels button")) {
      button.setAttribute("aria-pressed", String(button.dataset.level === level));
    }
    const { of } = COLUMNS.find((column) => column.id === sorted.id);
    const layers = made.layers.filter((layer) => layer.op);  // and not where two ways meet
    rows = (level === "layers" ? layers : model.parts(made)).map((thing, order) =>
      ({ thing, order, name: thing.items ? thing.name : thing.path }));
    const sign = sorted.down ? -1 : 1;
    rows.sort((one, other) => sign * ((of(one) ?? -1) - (of(other) ?? -1))
      || one.order - other.order);
    for (const cell of find("heads").children) {
      const mine = cell.dataset.column === sorted.id;
      cell.setAttribute("aria-sort", mine ? (sorted.down ? "descending" : "ascending") : "none");
    }
    if (count) find("costs").scrollTop = 0;
    count = 0;
    find("rows").replaceChildren();
    more();
    find("total").replaceChildren(...total());
  }

  /** The next rows, when the reader comes near the end of those that are there. */
  function more() {
    const most = words.most(rows.map(({ thing }) => figure()(thing) ?? 0), 1);
    const piece = rows.slice(count, count + PIECE).map((row) => line(row, most));
    count += piece.length;
    find("rows").append(...piece);
    mark(selected);
  }

  /** What the bars show: the column of the order, or MACs. */
  function figure() {
    const id = sorted.id === "name" ? "macs" : sorted.id;
    const { of } = COLUMNS.find((column) => column.id === id);
    return (thing) => of({ thing, order: 0 });
  }

  function grow() {
    const box = find("costs");
    if (count < rows.length && box.scrollTop + box.clientHeight > box.scrollHeight - 400) more();
  }

  function line(row, most) {
    const cells = COLUMNS.map((column, at) => (at
      ? make.html("td", { class: "number" }, column.text(row))
      : make.html("th", { scope: "row", title: row.thing.path }, make.path(row.name))));
    const bar = make.html("span", { class: "bar", "aria-hidden": "true" });
    bar.style.width = `calc((100% - 24px) * ${(figure()(row.thing) ?? 0) / most})`;
    cells[0].append(bar);
    return make.html("tr", { "data-key": row.thing.key, tabindex: -1 }, ...cells);
  }

  function total() {
    const { params, macs, peak } = made.totals;
    return [
      make.html("th", { scope: "row", title: made.totals.counted }, "Total, peak"),
      make.html("td", { class: "number" }, words.count(params)),
      make.html("td", { class: "number" }, words.count(macs)),
      make.html("td", { class: "number", title: "at its peak, while the network runs" },
        words.bytes(peak)),
    ];
  }

  function mark(key) {
    selected = key;
    let first = true;
    for (const row of find("rows").children) {
      const mine = row.dataset.key === key;
      row.classList.toggle("selected", mine);
      row.tabIndex = mine || (first && !key) ? 0 : -1;
      first = false;
    }
    if (!find("rows").querySelector("[tabindex='0']") && find("rows").firstChild) {
      find("rows").firstChild.tabIndex = 0;
    }
  }

  function keydown(event) {
    const row = event.target.closest("tr[data-key]");
    if (!row) return;
    const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling };
    if (event.key in next) {
      next[event.key]?.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      choose(row.dataset.key);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  return { start, show, mark, grow, level: () => level };
})();
