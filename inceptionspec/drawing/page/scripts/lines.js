// What boxes say, line by line: each is how it is set, and its text.

const lines = (() => {
  const LONGEST_RUN = 12;  // above so many lines a run is cut short

  function ofMerge(layer) {
    const said = [["title", layer.title]];
    if (layer.details) said.push(["text", layer.details]);
    return said;
  }

  function ofLayer(layer) {
    const name = words.last(layer.path);
    const said = ofMerge(layer);
    return name === layer.op ? said : [...said, ["small", name]];
  }

  /** A folded frame says what it costs; a folded run what its layers are. */
  function ofFrame(made, frame) {
    if (frame.kind === "run") return [["title", frame.name], ...ofRun(made, frame)];
    return [
      ["title", frame.name],
      ["text", frame.subtitle || words.plural(frame.count, "layer")],
      ["small", `${words.count(frame.params)} params · ${words.count(frame.macs)} MACs`],
    ];
  }

  function ofRun(made, frame) {
    const said = made.layers.slice(frame.first, frame.last + 1).map((layer) =>
      ["text", [layer.title, layer.details].filter(Boolean).join(", ")]);
    if (said.length <= LONGEST_RUN) return said;
    const more = said.length - LONGEST_RUN + 1;
    return [...said.slice(0, LONGEST_RUN - 2), ["small", `${more} more`], said.at(-1)];
  }

  return { ofLayer, ofMerge, ofFrame };
})();
