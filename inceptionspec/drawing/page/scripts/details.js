// All that is known of one layer or of one frame.

const details = (() => {
  /** The facts as pairs of a word and a value. */
  function facts(made, thing) {
    return thing.items ? frameFacts(made, thing) : layerFacts(made, thing);
  }

  function layerFacts(made, layer) {
    const inputs = layer.inputs.map((index) => made.layers[index].shape);
    const pairs = [];
    if (inputs.length) pairs.push(["input", runs(inputs).join(", ")]);
    pairs.push(["output", layer.shape]);
    if (layer.params) {
      pairs.push(["parameters", words.whole(layer.params)]);
      if (layer.trainable !== layer.params) pairs.push(["trainable", words.whole(layer.trainable)]);
    }
    if (layer.macs !== 0) pairs.push(["MACs", words.whole(layer.macs)]);
    if (layer.flops !== 0) pairs.push(["FLOPs", words.whole(layer.flops)]);
    pairs.push(["writes", layer.bytes === 0 ? "in place" : words.bytes(layer.bytes)]);
    if (layer.live !== null) pairs.push(["live memory", words.bytes(layer.live)]);
    if (layer.field) {
      pairs.push(["receptive field", side(layer.field)]);
      if (layer.stride) pairs.push(["its stride", side(layer.stride)]);
    } else {
      pairs.push(["receptive field", "the whole image"]);
    }
    if (layer.bound) pairs.push(["fits", "this input size alone"]);
    pairs.push(...value(made, layer));
    return pairs;
  }

  function frameFacts(made, frame) {
    const first = made.layers[frame.first];
    const pairs = [["layers", words.whole(frame.count)]];
    if (first.inputs.length) pairs.push(["input", made.layers[first.inputs[0]].shape]);
    pairs.push(["output", frame.shape], ["parameters", words.whole(frame.params)]);
    if (frame.trainable !== frame.params) pairs.push(["trainable", words.whole(frame.trainable)]);
    pairs.push(["MACs", words.whole(frame.macs)], ["FLOPs", words.whole(frame.flops)]);
    if (frame.live !== null) pairs.push(["live memory", `${words.bytes(frame.live)} at most`]);
    const { field, stride } = made.layers[frame.output];
    if (field) pairs.push(["receptive field", side(field)]);
    if (stride) pairs.push(["its stride", side(stride)]);
    pairs.push(...value(made, frame));
    return pairs;
  }

  function value(made, thing) {
    const figure = coloring.figure(made, "values");
    const known = figure ? figure.of(thing) : null;
    return known === null || known === undefined ? [] : [[figure.name, figure.text(known)]];
  }

  const side = ([height, width]) => `${words.whole(height)} \u00d7 ${words.whole(width)}`;

  /** Texts in their order; repeated ones are counted. */
  function runs(texts) {
    const found = [];
    for (const text of texts) {
      const last = found[found.length - 1];
      if (last && last[0] === text) last[1] += 1;
      else found.push([text, 1]);
    }
    return found.map(([text, count]) => (count > 1 ? `${count} of ${text}` : text));
  }

  /** A layer or a frame as elements. */
  function describe(made, thing) {
    const kind = thing.items
      ? [{ block: "block", repeat: "repeat", part: "part", group: "group", head: "head",
        branch: "branch", run: "branch" }[thing.kind], thing.subtitle].filter(Boolean).join(" · ")
      : [thing.title, thing.details].filter(Boolean).join(", ");
    const title = thing.items ? (thing.kind === "group" || thing.kind === "run"
      ? thing.name : thing.path) : thing.path;
    const parts = [make.html("h2", {}, ...breakable(title)), make.html("p", { class: "what" }, kind),
      ...changes(made, thing), list(facts(made, thing))];
    if (!thing.items) parts.push(...weights(made, thing), ...written(made, thing));
    else if (thing.kind !== "group" && thing.kind !== "run") parts.push(...places(made, thing));
    return parts;
  }

  /** What the last save changed in a layer, or what is different in two networks. */
  function changes(made, thing) {
    const text = made.changed?.[thing.path];
    return [text, ...(thing.change || [])].filter(Boolean)
      .map((line) => make.html("p", { class: "change" }, line));
  }

  /** The arrays that a layer owns. */
  function weights(made, layer) {
    const arrays = made.weights[layer.weights];
    return arrays.length ? [make.html("h3", {}, "Weights"), list(arrays)] : [];
  }

  /** A path may break at its slashes. */
  function breakable(path) {
    return path.split("/").flatMap((part, at) =>
      (at ? ["/", make.html("wbr", {}), part] : [part]));
  }

  function list(pairs) {
    const element = make.html("dl", {});
    for (const [word, text] of pairs) {
      element.append(make.html("dt", {}, word), make.html("dd", {}, text));
    }
    return element;
  }

  /** The attributes, first those that were chosen, and where the layer is written. */
  function written(made, layer) {
    const attributes = made.attributes[layer.attributes];
    const own = attributes.filter(([, , usual]) => !usual);
    const usual = attributes.filter(([, , is]) => is);
    const parts = [];
    if (own.length) {
      parts.push(make.html("h3", {}, "Attributes"), list(own));
    }
    if (usual.length) {
      const text = usual.map(([name, value]) => `${name} ${value}`).join(" · ");
      parts.push(make.html("p", { class: "usual" }, `Defaults: ${text}`));
    }
    return [...parts, ...places(made, layer)];
  }

  function places(made, thing) {
    const layer = thing.items ? made.layers[thing.first] : thing;
    const parts = [];
    if (!thing.items) {
      parts.push(make.html("p", { class: "place" }, layer.place));
    }
    for (const call of layer.called) {
      parts.push(make.html("p", { class: "place" }, `called at ${call}`));
    }
    return parts;
  }

  /** Show it next to the diagram; nothing for null. */
  function dock(made, thing) {
    const panel = find("details");
    panel.replaceChildren(...(thing ? describe(made, thing) : []));
    panel.hidden = !thing;
    document.body.classList.toggle("chosen", Boolean(thing));
  }

  return { describe, dock };
})();
