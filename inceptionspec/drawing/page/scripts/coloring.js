// What colors mean: kinds of layers, or a scale for a figure.

const coloring = (() => {
  const FIGURES = {
    macs: { name: "MACs", of: (thing) => thing.macs, text: words.count },
    params: { name: "Parameters", of: (thing) => thing.params, text: words.count },
    memory: { name: "Live memory", of: (thing) => thing.live, text: words.bytes },
  };

  function figure(made, by) {
    if (by !== "values" || !made.values) return FIGURES[by] || null;
    const { unit, layers, weights } = made.values;
    return {
      name: made.values.name || "Values",
      text: (number) => `${words.count(number)}${unit ? ` ${unit}` : ""}`,
      of: (thing) => valueOf(made, layers, weights, thing),
    };
  }

  /** The value of a layer; of a frame the sum of its layers' values, or with weights the mean. */
  function valueOf(made, layers, weights, thing) {
    if (!thing.items) return thing.path in layers ? layers[thing.path] : null;
    if (thing.path in layers) return layers[thing.path];
    const known = model.members(thing).map((index) => made.layers[index].path)
      .filter((path) => layers[path] !== undefined);
    const total = (of) => known.reduce((sum, path) => sum + of(path), 0);
    if (!known.length) return null;
    if (!weights) return total((path) => layers[path]);
    const whole = total((path) => weights[path]);
    return whole ? total((path) => weights[path] * layers[path]) / whole : null;
  }

  /** The colors of what is drawn, and the entries of a legend. */
  function scheme(made, by, theme, shown) {
    const colors = made.colors[theme];
    if (by === "difference" && made.states) return differences(made, colors, shown);
    const chosen = figure(made, by);
    return chosen ? heat(chosen, colors, shown) : kinds(colors, shown);
  }

  /** From nothing to the most of what is drawn; figures that are not known have no color. */
  function heat(chosen, colors, shown) {
    const known = shown.map((thing) => chosen.of(thing)).filter(isKnown);
    const high = words.most(known, 0);
    const low = -words.most(known.map((value) => -value), 0) || 0;
    return {
      of(thing) {
        const value = chosen.of(thing);
        const share = high > low ? (value - low) / (high - low) : 0;
        return pair(isKnown(value) ? onScale(colors.scale, share) : colors.nothing, colors);
      },
      legend: { title: chosen.name, stops: colors.scale,
        ends: [chosen.text(low), chosen.text(high)] },
    };
  }

  const isKnown = (value) => value !== null && value !== undefined;

  /** A color for each kind of layers, and for each block that is folded. */
  function kinds(colors, shown) {
    const drawn = new Set(shown.map((thing) => thing.definition));
    const blocks = new Map(Object.entries(colors.blocks).filter(([name]) => drawn.has(name)));
    const kindOf = (thing) => (blocks.has(thing.definition) ? null : thing.color || thing.kind);
    const found = new Set(shown.map(kindOf));
    return {
      of: (thing) => pair(blocks.get(thing.definition) ?? colors.kinds[kindOf(thing)], colors),
      legend: {
        kinds: [...Object.entries(colors.kinds).filter(([kind]) => found.has(kind)), ...blocks],
      },
    };
  }

  /** A color for what only one of two networks has, and for what differs in both. */
  function differences(made, colors, shown) {
    const states = new Map(shown.map((thing) => [thing, stateOf(made, thing)]));
    const found = new Set(states.values());
    return {
      of: (thing) => pair(colors.states[states.get(thing) ?? stateOf(made, thing)], colors),
      legend: {
        kinds: Object.entries(colors.states).filter(([state]) => found.has(state))
          .map(([state, fill]) => [made.meanings[state], fill]),
      },
    };
  }

  /** What is different in a layer or in any of a frame. */
  function stateOf(made, thing) {
    const layers = model.members(thing).map((index) => made.layers[index]);
    const found = new Set(layers.filter((layer) => layer.op)
      .map((layer) => made.states[layer.path] || "kept"));
    if (thing.items && made.states[thing.path]) found.add(made.states[thing.path]);
    if (found.has("training") && found.size > 1) found.delete("kept");
    if (found.size > 1) return "changed";
    return found.size ? [...found][0] : "kept";
  }

  /** A fill, and the ink that is read best on it. */
  function pair(fill, { inks }) {
    if (!fill.startsWith("#")) return { fill, text: "var(--ink)" };
    const contrast = (ink) => {
      const [dark, light] = [luminance(ink), luminance(fill)].sort((one, other) => one - other);
      return (light + 0.05) / (dark + 0.05);
    };
    return { fill, text: contrast(inks[0]) >= contrast(inks[1]) ? inks[0] : inks[1] };
  }

  function onScale(stops, share) {
    const place = Math.min(1, Math.max(0, share)) * (stops.length - 1);
    const lower = Math.min(stops.length - 2, Math.floor(place));
    const [from, to] = [channels(stops[lower]), channels(stops[lower + 1])];
    return `#${from.map((value, at) => Math.round(value + (to[at] - value) * (place - lower))
      .toString(16).padStart(2, "0")).join("")}`;
  }

  const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

  /** The relative luminance of an sRGB color (WCAG 2.1). */
  function luminance(hex) {
    const [red, green, blue] = channels(hex).map((value) => (value / 255 <= 0.04045
      ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  return { scheme, figure };
})();
