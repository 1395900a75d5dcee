// What boxes say, line by line: each is how it is set, and its text.

const lines = (() => {
  const LONGEST_RUN = 12;  // a longer run is cut short

  function ofMerge(layer) {
    const texts = [["title", layer.title]];
    if (layer.details) texts.push(["text", layer.details]);
    return texts;
  }

  function ofLayer(layer) {
    const name = words.last(layer.path);
    const texts = ofMerge(layer);
    return name === layer.op ? texts : [...texts, ["small", name]];
  }

  /** A folded frame shows its cost; a folded run its layers. */
  function ofFrame(made, frame) {
    if (frame.isRun) return [["title", frame.name], ...ofRun(made, frame)];
    const subtitle = frame.subtitle || words.plural(frame.count, "layer");
    return [
      ["title", frame.name],
      ...(frame.kind === "head" ? subtitle.split(", ") : [subtitle]).map((text) => ["text", text]),
      ["small", `${words.count(frame.params)} params · ${words.count(frame.macs)} MACs`],
      ...(frame.change || []).map((text) => ["small", text]),
    ];
  }

  function ofRun(made, frame) {
    const texts = made.layers.slice(frame.first, frame.last + 1).map((layer) =>
      ["text", [layer.title, layer.details].filter(Boolean).join(", ")]);
    if (texts.length <= LONGEST_RUN) return texts;
    const more = texts.length - LONGEST_RUN + 1;
    return [...texts.slice(0, LONGEST_RUN - 2), ["small", `${more} more`], texts.at(-1)];
  }

  return { ofLayer, ofMerge, ofFrame };
})();
