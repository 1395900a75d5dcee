// What is known of one variant: its knobs and figures, its spec, how it differs from the base.

const details = (() => {
  const MOST = 60;  // items of a section that are listed

  function show(row) {
    find("details").replaceChildren(...(row === null ? hint() : whole(row)));
    find("details").scrollTop = 0;
  }

  function hint() {
    return [make.html("p", { class: "hint" }, "Click a point or a row: its knobs, its figures and, "
      + "for variants on the front, its spec and how it differs from the base.")];
  }

  /** The name, the knobs and the figures of a row. */
  function facts(row) {
    const { knobs, figures } = data.all();
    const pairs = [
      ...knobs.map(({ name }, knob) => [name, data.valueText(knob, row)]),
      ...figures.flatMap(({ title }, at) =>
        (data.figure(at, row) === null ? [] : [[title, figureText(at, row)]])),
    ];
    const tag = data.isFront(row) ? make.html("span", { class: "tag" }, "front") : "";
    return [
      make.html("h2", {}, `Variant ${words.whole(data.number(row))}`, tag),
      make.html("dl", {}, ...pairs.flatMap(([name, text]) =>
        [make.html("dt", {}, name), make.html("dd", {}, text)])),
    ];
  }

  function figureText(at, row) {
    const percent = data.percent(at, row);
    return data.text(at, data.figure(at, row)) + (percent ? ` (${percent})` : "");
  }

  function whole(row) {
    const found = data.details(row);
    if (!found) {
      const why = data.isFront(row) ? "The page has no room for the difference of this variant."
        : "Only variants on the front have their spec and difference here.";
      return [...facts(row), make.html("p", { class: "hint" }, why)];
    }
    const { sections, tables } = found.difference;
    return [
      ...facts(row),
      make.html("h3", {}, found.file ? `Spec (${found.file})` : "Spec"),
      make.html("pre", { tabindex: 0 }, found.text),
      ...sections.flatMap(section),
      ...tables.flatMap(table_),
    ];
  }

  function section({ title, items, more }) {
    const hidden = more + Math.max(0, items.length - MOST);
    return [
      make.html("h3", {}, title),
      make.html("ul", {}, ...items.slice(0, MOST).map(item),
        hidden ? make.html("li", {}, `... and ${words.whole(hidden)} more`) : ""),
    ];
  }

  function item({ lead, facts: said, where }) {
    return make.html("li", {}, lead ? `${lead}: ` : "", said,
      where ? make.html("span", {}, ` ${where}`) : "");
  }

  function table_({ title, columns, rows }) {
    const cell = (kind, text, at) =>
      make.html(kind, { class: [at ? "number" : "", at > 2 ? sign(text) : ""].join(" ").trim() || null }, text);
    return [make.html("h3", {}, title), make.html("div", { class: "wide" }, make.html("table", {},
      make.html("thead", {}, make.html("tr", {}, ...columns.map((text, at) => cell("th", text, at)))),
      make.html("tbody", {}, ...rows.map((row) =>
        make.html("tr", {}, ...row.map((text, at) => cell("td", text, at)))))))];
  }

  const sign = (text) => (/^[-\u2212]/.test(text) ? "less" : /^\+?[1-9]/.test(text) ? "more" : "");

  return { show, facts };
})();
