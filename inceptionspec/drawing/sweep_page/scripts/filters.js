// Which rows are shown, and by which figures.

const filters = (() => {
  const MOST_VALUES = 500;  // of a knob that can be chosen from

  let changed = () => {};

  function start(listener) {
    changed = listener;
    const { knobs, figures, axes } = data.all();
    for (const axis of ["x", "y", "z"]) {
      const select = find(`axis-${axis}`);
      const options = figures.map(({ title }, at) => option(at, title));
      select.replaceChildren(...(axis === "z" ? [option(-1, "none")] : []), ...options);
      for (const one of select.options) one.defaultSelected = Number(one.value) === axes[axis];
      select.value = axes[axis];
    }
    find("knobs").replaceChildren(...knobs.map(({ name, values }, knob) => {
      if (values.length < 2 || values.length > MOST_VALUES) return null;
      return make.html("label", {}, name, make.html("select", { "data-knob": knob },
        option(-1, "all"), ...values.map((text, at) => option(at, text))));
    }).filter(Boolean));
    find("filters").addEventListener("change", () => changed());
    find("filters").addEventListener("reset", () => setTimeout(() => changed()));
    find("filters").addEventListener("submit", (event) => event.preventDefault());
  }

  const option = (value, text) => make.html("option", { value }, text);

  const axes = () => Object.fromEntries(["x", "y", "z"].map((axis) =>
    [axis, Number(find(`axis-${axis}`).value)]));

  /** The rows that have the chosen values, in the order of the sweep. */
  function rows() {
    const wanted = [...document.querySelectorAll("#knobs select")]
      .map((select) => [Number(select.dataset.knob), Number(select.value)])
      .filter(([, value]) => value >= 0);
    const frontOnly = find("front-only").checked;
    const found = [];
    for (let row = 0; row < data.count(); row += 1) {
      if (frontOnly && !data.isFront(row)) continue;
      if (wanted.every(([knob, value]) => data.value(knob, row) === value)) found.push(row);
    }
    const all = words.plural(data.count(), "variant");
    const omitted = data.all().omitted;
    find("count").textContent = (found.length === data.count() ? all
      : `${words.whole(found.length)} of ${all}`)
      + (omitted ? `; ${words.whole(omitted)} more are not in this page` : "");
    return found;
  }

  return { start, axes, rows };
})();
