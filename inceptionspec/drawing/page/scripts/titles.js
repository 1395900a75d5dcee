// What is above, below and next to the diagram: name, totals, what has changed, the legend.

const titles = (() => {
  function show(made) {
    const { name, doc, source, difference, convention } = made;
    document.title = name;
    find("title").textContent = name;
    find("title").title = [source, doc].filter(Boolean).join("\n");
    find("figures").textContent = figures(made);
    find("convention").textContent = convention;
    find("difference").textContent = difference ? differing(difference, made.changed) : "";
  }

  function figures({ input, totals }) {
    return [`input ${input}`, `${words.whole(totals.params)} parameters`,
      `${words.count(totals.macs)} MACs`, totals.counted].join(" \u00b7 ");
  }

  /** What the figures are more or less than they were. */
  function differing(difference, changed) {
    const costs = [["params", "params", words.count], ["macs", "MACs", words.count],
      ["peak", "peak", words.bytes]].flatMap(([key, name, text]) => {
      const change = difference[key];
      if (!change) return [];
      return `${change > 0 ? "+" : "\u2212"}${text(Math.abs(change))} ${name}`;
    });
    const count = Object.keys(changed || {}).length;
    const layers = [count && `${words.plural(count, "layer")} changed`,
      difference.removed && `${words.plural(difference.removed, "layer")} removed`];
    const against = difference.against || "before";
    const parts = [...(costs.length ? costs : ["same cost"]), ...layers].filter(Boolean);
    return parts.length === 1 && !costs.length ? `same cost as ${against}`
      : `${parts.join(", ")} against ${against}`;
  }

  /** What the colors mean, as elements. */
  function legend({ title, kinds, stops, ends }) {
    if (kinds) {
      return kinds.map(([kind, fill]) => {
        const swatch = make.html("i", {});
        swatch.style.background = fill;
        return make.html("span", { class: "kind" }, swatch, kind);
      });
    }
    const ramp = make.html("i", { class: "ramp" });
    ramp.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    return [make.html("span", { class: "name" }, title), make.html("span", {}, ends[0]), ramp,
      make.html("span", {}, ends[1])];
  }

  return { show, legend, figures };
})();
