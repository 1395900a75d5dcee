// The names of blocks where the diagram is too small to read: over it, in a size of their own.

const names = (() => {
  const READ = 0.7;   // from this size on, blocks show their own titles
  const SIZE = 11;    // pixels on the stage
  const LEAST = 12;   // a block that takes less along the flow has no name
  const PAD = 4;

  let group = null;

  function start(parent) {
    group = make.svg("g", { class: "names", "aria-hidden": "true" });
    parent.append(group);
  }

  /** Name what is in view, outer blocks first; whether the diagram is that small. */
  function draw(boxes, { scale }, stage) {
    const small = scale < READ;
    if (!small) {
      if (group.firstChild) group.replaceChildren();
      return false;
    }
    const blocks = boxes.filter((box) => box.thing.items)
      .map((box) => ({ box, at: view.onStage(box) }))
      .filter(({ at }) => at.x < stage.width && at.y < stage.height
        && at.x + at.width > 0 && at.y + at.height > 0
        && Math.max(at.width, at.height) >= LEAST)
      .sort((one, other) => one.box.thing.depth - other.box.thing.depth);
    const outer = boxes.filter((box) => !box.thing.depth).map(view.onStage);
    const taken = [];
    const texts = [];
    for (const { box, at } of blocks) {
      const width = paper.measured(box.thing.name, "small");
      const place = places(box, at, scale, width).find((one) => one.x >= 0 && one.y >= 0
        && one.x + width <= stage.width && one.y + one.height <= stage.height
        && isFree(one, taken)
        && (one.inside || isFree(one, outer)));
      if (!place) continue;
      taken.push(place);
      texts.push(make.svg("text", { class: box.kind === "open" ? "name" : "name closed",
        x: place.x, y: place.y + SIZE - 1 }, box.thing.name));
    }
    group.replaceChildren(...texts);
    return true;
  }

  /** Where a name may be: inside, or next to a block that no other holds; the best first. */
  function places({ kind, thing }, at, scale, width) {
    const { x, y } = at;
    const height = SIZE + 2;
    const fits = width + 2 * PAD <= at.width && height <= at.height;
    const [across, middle] = [x + (at.width - width) / 2, y + (at.height - height) / 2];
    const inside = kind === "open" ? { x: x + PAD, y: y + 1, inside: true }
      : { x: across, y: middle, inside: true };
    const beside = thing.depth ? [] : [{ x: x + at.width + PAD, y: middle },
      { x: x - width - PAD, y: middle }, { x: across, y: y - height - PAD },
      { x: across, y: y + at.height + PAD }];
    const covers = kind === "open" && layout.headerOf(thing) * scale < height;
    const found = !fits ? beside : covers && !thing.depth ? [...beside, inside] : [inside, ...beside];
    return found.map((one) => ({ ...one, width, height }));
  }

  function isFree(one, others) {
    return others.every((other) => one.x + one.width <= other.x || other.x + other.width <= one.x
      || one.y + one.height <= other.y || other.y + other.height <= one.y);
  }

  return { start, draw };
})();
