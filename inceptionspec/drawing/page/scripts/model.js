// A payload made ready: who reads whom, which frames there are, and what each costs.

const model = (() => {
  const SUMMED = ["params", "trainable", "macs", "flops", "bytes"];

  function build(payload) {
    const { layers } = payload;
    const readers = layers.map(() => []);
    layers.forEach((layer, index) => {
      layer.index = index;
      layer.key = layer.path;
      for (const source of new Set(layer.inputs)) readers[source].push(index);
    });
    const made = {
      ...payload,
      readers,
      frames: new Map(),
      around: new Array(layers.length).fill(null),
      byPath: new Map(layers.map((layer) => [layer.path, layer])),
    };
    made.trunk = payload.trunk.map((item) => adopted(made, item, null, 0));
    made.heads = payload.heads.map((head) => adopted(made, head, null, 0));
    layers.forEach((layer, index) => {
      const frame = made.around[index];
      layer.depth = frame ? frame.depth + (frame.kind === "run" ? 0 : 1) : 0;
    });
    return made;
  }

  /** An item with its frames entered into the model. */
  function adopted(made, item, parent, depth) {
    if (typeof item === "number") {
      made.around[item] = parent;
      return item;
    }
    if (item.branches) {
      const branches = item.branches.map((branch, place) => ({
        name: branch.name,
        items: inBranch(made, branch, place, parent, depth),
      }));
      if (item.merge !== null) made.around[item.merge] = parent;
      return { branches, merge: item.merge };
    }
    return frame(made, item, parent, depth);
  }

  /** A frame for what a branch holds. Without a name it folds if it has several layers. */
  function inBranch(made, { name, path, items }, place, parent, depth) {
    const isRun = items.every((one) => typeof one === "number");
    const framed = path ? items.length > 0 : isRun && items.length > 1;
    if (!framed) return items.map((one) => adopted(made, one, parent, depth));
    const held = {
      path: path || `run ${items[0]}`,
      name: name || `branch ${place + 1}`,
      kind: path ? "branch" : "run",
      isRun,
      subtitle: "",
      items,
    };
    return [frame(made, held, parent, depth)];
  }

  function frame(made, item, parent, depth) {
    const own = { ...item, key: `frame ${item.path}`, parent, depth };
    made.frames.set(own.key, own);
    const inner = own.kind === "run" ? depth : depth + 1;
    own.items = item.items.map((one) => adopted(made, one, own, inner));
    own.first = firstOf(own.items[0]);
    own.last = lastOf(own.items[own.items.length - 1]);
    own.output = own.kind === "head" ? item.output : own.last;
    own.count = own.last - own.first + 1;
    const members = made.layers.slice(own.first, own.last + 1);
    const live = members.map((layer) => layer.live);
    own.live = live.includes(null) ? null : words.most(live, 0);
    for (const figure of SUMMED) {
      own[figure] = members.reduce(
        (sum, layer) => (sum === null || layer[figure] === null ? null : sum + layer[figure]), 0);
    }
    const kinds = new Set(members.map((layer) => layer.kind));
    own.color = kinds.size === 1 ? [...kinds][0] : "composite";
    own.shape = made.layers[own.output].shape;
    return own;
  }

  function firstOf(item) {
    if (typeof item === "number") return item;
    if (item.items) return firstOf(item.items[0]);
    const filled = item.branches.find((branch) => branch.items.length);
    return filled ? firstOf(filled.items[0]) : item.merge;
  }

  function lastOf(item) {
    if (typeof item === "number") return item;
    if (item.items) return lastOf(item.items[item.items.length - 1]);
    if (item.merge !== null) return item.merge;
    const filled = item.branches.filter((branch) => branch.items.length).pop();
    return lastOf(filled.items[filled.items.length - 1]);
  }

  /** The layer that an item ends in. */
  function outputOf(item) {
    if (typeof item === "number") return item;
    if (item.items) return item.output;
    return item.merge;
  }

  /** The layer whose first input is what comes into an item. */
  function inputOf(item) {
    if (typeof item === "number") return item;
    if (item.items) return inputOf(item.items[0]);
    const filled = item.branches.find((branch) => branch.items.length);
    return filled ? inputOf(filled.items[0]) : item.merge;
  }

  /** All that a layer depends on, or, with `readers`, all that depends on it; with itself. */
  function reached(made, start, next) {
    const found = new Set(start);
    const waiting = [...start];
    while (waiting.length) {
      for (const other of next(waiting.pop())) {
        if (!found.has(other)) {
          found.add(other);
          waiting.push(other);
        }
      }
    }
    return found;
  }

  /** The layers from the input to some layers, and from them to the heads. */
  function path(made, members) {
    return {
      before: reached(made, members, (index) => made.layers[index].inputs),
      after: reached(made, members, (index) => made.readers[index]),
    };
  }

  /** The frames around a layer or a frame, the innermost first. */
  function framesAround(made, thing) {
    const found = [];
    let frame = thing.items ? thing.parent : made.around[thing.index];
    while (frame) {
      found.push(frame);
      frame = frame.parent;
    }
    return found;
  }

  /** The layers of a layer or of a frame. */
  function members(thing) {
    if (!thing.items) return [thing.index];
    return Array.from({ length: thing.count }, (_, offset) => thing.first + offset);
  }

  /** What the trunk and the heads consist of: frames, and layers in none. */
  function parts(made) {
    const partsOf = (item) => {
      if (typeof item === "number") return made.layers[item].op ? [made.layers[item]] : [];
      if (item.items) return [item];
      const inside = item.branches.flatMap((branch) => branch.items).flatMap(partsOf);
      return item.merge === null ? inside : [...inside, ...partsOf(item.merge)];
    };
    return [...made.trunk, ...made.heads].flatMap(partsOf);
  }

  /** A layer or a frame by its key. */
  function thing(made, key) {
    return made.frames.get(key) || made.byPath.get(key) || null;
  }

  /** What a path of the spec names: a layer, a frame, a group by its name, or a branch. */
  function named(made, path) {
    const known = thing(made, path) || thing(made, `frame ${path}`);
    if (known) return known;
    const groups = [...made.frames.values()].filter((frame) => frame.kind === "group");
    const first = made.layers.find((layer) => layer.path.startsWith(`${path}/`));
    const run = first && made.around[first.index];
    return groups.find((frame) => frame.name === path)
      || (run && run.kind === "run" ? run : first) || null;
  }

  return { build, named, parts, outputOf, inputOf, path, framesAround, members, thing };
})();
