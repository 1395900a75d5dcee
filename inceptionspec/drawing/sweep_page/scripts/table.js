// The rows as a table that can be sorted.

const table = (() => {
  const PIECE = 120;  // rows that are made at a time

  let columns = [];
  let rows = [];
  let made = 0;
  let sorted = { at: 0, down: false };
  let choose = () => {};
  let selected = null;

  function start(listener) {
    choose = listener;
    const { knobs, figures, axes } = data.all();
    columns = [
      { name: "#", of: (row) => data.number(row), text: (row) => words.whole(data.number(row)),
        number: true },
      ...knobs.map(({ name }, knob) => ({ name, of: (row) => data.value(knob, row),
        text: (row) => data.valueText(knob, row) })),
      ...figures.map(({ title }, at) => ({ name: title, of: (row) => data.figure(at, row),
        text: (row) => data.text(at, data.figure(at, row)), number: true })),
    ];
    sorted = { at: 1 + knobs.length + axes.x, down: figures[axes.x].most };
    find("heads").replaceChildren(...columns.map(({ name, number }, at) => {
      const button = make.html("button", { type: "button" }, name);
      button.addEventListener("click", () => {
        sorted = { at, down: sorted.at === at ? !sorted.down : false };
        fill();
      });
      return make.html("th", { scope: "col", class: number ? "number" : null }, button);
    }));
    const body = find("rows");
    body.addEventListener("click", (event) => {
      const line = event.target.closest("tr");
      if (line) choose(Number(line.dataset.row));
    });
    body.addEventListener("keydown", keydown);
    find("scroll").addEventListener("scroll", grow, { passive: true });
  }

  function show(rows_) {
    rows = rows_;
    fill();
  }

  function fill() {
    const { of } = columns[sorted.at];
    const sign = sorted.down ? -1 : 1;
    const last = sorted.down ? -Infinity : Infinity;  // what has no figure comes last
    rows = [...rows].sort((one, other) => {
      const [first, second] = [of(one) ?? last, of(other) ?? last];
      return (first === second ? 0 : sign * (first - second)) || one - other;
    });
    [...find("heads").children].forEach((head, at) => head.setAttribute("aria-sort",
      at !== sorted.at ? "none" : sorted.down ? "descending" : "ascending"));
    find("rows").replaceChildren();
    find("scroll").scrollTop = 0;
    made = 0;
    more();
  }

  function more() {
    const piece = rows.slice(made, made + PIECE).map(line);
    made += piece.length;
    find("rows").append(...piece);
  }

  function line(row, at) {
    const cells = columns.map(({ text, number }) =>
      make.html("td", { class: number ? "number" : null, title: number ? null : text(row) }, text(row)));
    if (data.isFront(row)) {
      cells[0].classList.add("on-front");
      cells[0].prepend(make.html("span", { title: "on the front" }, "\u25cf "));
    }
    const first = made === 0 && at === 0;
    return make.html("tr", { "data-row": row, tabindex: first ? 0 : -1,
      class: row === selected ? "chosen" : null }, ...cells);
  }

  function grow() {
    const box = find("scroll");
    if (made < rows.length && box.scrollTop + box.clientHeight > box.scrollHeight - 400) more();
  }

  function select(row) {
    selected = row;
    for (const one of find("rows").children) {
      one.classList.toggle("chosen", Number(one.dataset.row) === row);
    }
  }

  function keydown(event) {
    const from = event.target.closest("tr");
    const next = { ArrowDown: from?.nextElementSibling, ArrowUp: from?.previousElementSibling };
    if (event.key in next) {
      next[event.key]?.focus();
      if (next[event.key]) choose(Number(next[event.key].dataset.row));
    } else if (event.key === "Enter" || event.key === " ") {
      choose(Number(from.dataset.row));
    } else {
      return;
    }
    event.preventDefault();
  }

  return { start, show, select };
})();
