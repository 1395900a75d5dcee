// Where everything is. A spec nests: layers follow each other, branches are side by
// side and meet in a merge. So a layout is made of parts that know their size, and each part
// has one axis on which data comes in and goes out; parts in a row share it.
//
// Sizes are taken across the flow (`across`) and along it (`along`); the axis is a distance
// from the start across. Only `Paper` knows whether the flow runs down or to the right.

const layout = (() => {
  const { measured, onward, Paper, lines: LINE } = paper;
  const GAP = 20;           // between what follows each other
  const LABEL = 19;         // more, where a shape is written there
  const COLUMNS = 18;       // between branches
  const LANE = 14;          // the width of a branch without a layer
  const FORK = 18;          // where branches part
  const MEET = 14;          // where they meet
  const EDGE = 12;          // inside a frame
  const HEADER = 28;        // of a frame
  const BRANCH = 22;        // the same of a branch
  const HEADS = 36;         // between the trunk and the column of other heads
  const TAP = 9;            // below a layer, where a head branches off
  const BESIDE = 10;        // between boxes and an edge that passes them
  const APART = 6;          // between two such edges

  class Layout {
    constructor(made, folded, direction) {
      this.made = made;
      this.folded = folded;
      this.paper = new Paper(direction === "LR");
      const { heads, trunk } = made;
      const end = trunk.length ? model.outputOf(trunk[trunk.length - 1]) : 0;
      const following = heads.filter((head) => head.source === end);
      this.onTrunk = following.find((head) => head.main) || following[0] || null;
      this.aside = heads.filter((head) => head !== this.onTrunk);
      this.tapped = new Set(this.aside.map((head) => head.source));
    }

    /** Everything, with the size of the whole. */
    whole() {
      const items = this.onTrunk ? [...this.made.trunk, this.onTrunk] : this.made.trunk;
      const trunk = this.row(items, true);
      trunk.place(0, 0, null);
      this.heads(trunk.across + HEADS);
      if (this.made.named) this.jumps();
      return { ...this.bounds(), boxes: this.paper.boxes, edges: this.paper.edges,
        labels: this.paper.labels };
    }

    bounds() {
      let [left, top, right, bottom] = [0, 0, 0, 0];
      for (const { x, y, width, height } of this.paper.boxes) {
        left = Math.min(left, x);
        top = Math.min(top, y);
        right = Math.max(right, x + width);
        bottom = Math.max(bottom, y + height);
      }
      for (const [x, y] of this.paper.edges.flatMap((edge) => edge.points)) {
        right = Math.max(right, x);
        bottom = Math.max(bottom, y);
      }
      for (const { x, y, text } of this.paper.labels) {
        right = Math.max(right, x + measured(text, "small"));
        bottom = Math.max(bottom, y + 6);
      }
      return { x: left, y: top, width: right - left, height: bottom - top };
    }

    /** The heads that do not end the trunk, in a column of their own. */
    heads(start) {
      let free = -Infinity;
      let lane = start - HEADS / 2;
      for (const head of this.aside) {
        const plan = this.item(head);
        const tap = this.paper.taps.find((one) => one.source === head.source);
        const from = tap ? tap.points : [[0, 0]];
        const turn = from[from.length - 1][1];
        const along = Math.max(turn + FORK, free);
        const axis = start + plan.axis;
        const points = [...from];
        if (along > turn + FORK) {
          points.push([lane, turn], [lane, along - FORK]);
          lane -= 6;
        }
        points.push([axis, Math.max(turn, along - FORK)]);
        plan.place(start, along, tap ? { source: head.source, points } : null);
        this.label(head.last, this.made.layers[head.last].shape, axis, along + plan.along,
          plan.tapped ? TAP : 0);
        free = along + plan.along + GAP + LABEL + FORK;
      }
    }

    // What is read by name

    /** Edges from a box to one that reads it by name go past all boxes between the two. */
    jumps() {
      const leaves = this.paper.boxes.filter((box) => box.kind !== "open");
      const boxOf = new Map(leaves.flatMap((box) =>
        model.members(box.thing).map((index) => [index, box])));
      const known = (source, box) => `${boxOf.get(source).thing.key} > ${box.thing.key}`;
      const drawn = new Set(this.paper.edges.map((edge) =>
        known(edge.source, boxOf.get(edge.target))));
      const lanes = [];
      for (const box of leaves) {
        for (const index of model.members(box.thing)) {
          for (const source of this.made.layers[index].inputs) {
            const key = known(source, box);
            if (boxOf.get(source) === box || drawn.has(key)) continue;
            drawn.add(key);
            const points = this.past(boxOf.get(source), box, lanes);
            this.paper.edges.push({ source, target: index, points, own: points });
          }
        }
      }
    }

    /** The corners of an edge that passes what is between two boxes. */
    past(from, to, lanes) {
      const turn = ([one, other]) => this.paper.point(one, other);
      const holds = (frame, { thing }) => frame.first <= (thing.first ?? thing.index)
        && (thing.last ?? thing.index) <= frame.last;
      const foreign = this.paper.boxes.filter((box) => box.kind !== "open"
        || !(holds(box.thing, from) || holds(box.thing, to)));
      const shapes = this.paper.labels.map(({ x, y, text }) =>
        ({ x, y: y - 8, width: measured(text, "small"), height: 9 }));
      const sides = ({ x, y, width, height }) => {
        const [across, along] = turn([x, y]);
        const [wide, long] = turn([width, height]);
        return { end: across + wide, start: along, stop: along + long, middle: along + long / 2 };
      };
      const [source, target] = [sides(from), sides(to)];
      const [start, stop] = [source.middle, target.middle];
      const between = [...foreign, ...shapes].map(sides)
        .filter((box) => box.start < stop && box.stop > start);
      let lane = words.most(between.map((box) => box.end), 0) + BESIDE;
      const isTaken = () => lanes.some((other) => Math.abs(other.lane - lane) < APART
        && other.start < stop && other.stop > start);
      while (isTaken()) lane += APART;
      lanes.push({ lane, start, stop });
      return [[source.end, start], [lane, start], [lane, stop], [target.end, stop]].map(turn);
    }

    /** Whether a box reads what comes along the row. */
    reads(first, last, source) {
      return this.made.layers.slice(first, last + 1).some((layer) => layer.inputs.includes(source));
    }

    // Parts

    item(item) {
      if (typeof item === "number") return this.layer(this.made.layers[item]);
      if (item.branches) return this.branches(item);
      if (this.folded(item)) return this.closed(item);
      return item.kind === "run" ? this.row(item.items, false) : this.open(item);
    }

    /** A size in pixels, width and height, as across and along. */
    size(width, height) {
      const [across, along] = this.paper.point(width, height);
      return { across, along };
    }

    sized(texts, least) {
      const width = Math.max(least, ...texts.map(([kind, text]) => measured(text, kind))) + 22;
      const height = texts.reduce((sum, [kind]) => sum + LINE[kind], 0) + 12;
      return this.size(Math.ceil(width), height);
    }

    layer(layer) {
      const texts = lines.ofLayer(layer);
      const size = this.sized(texts, 60);
      return this.leaf({ thing: layer, kind: "layer", lines: texts }, size, layer.index, layer.index);
    }

    closed(frame) {
      const texts = lines.ofFrame(this.made, frame);
      // A title leaves the corner to the sign that folds.
      const size = this.sized(texts.map(([kind, text]) =>
        [kind, kind === "title" ? `${text}    ` : text]), 140);
      return this.leaf({ thing: frame, kind: "closed", lines: texts }, size, frame.first, frame.last);
    }

    /** One box. */
    leaf(record, size, first, last) {
      const axis = size.across / 2;
      const output = record.thing.items ? record.thing.output : last;
      const place = (across, along, route) => {
        this.paper.box(record, across, along, size);
        if (route && this.reads(first, last, route.source)) {
          this.paper.edge(onward(route, [across + axis, along]), first);
        }
        for (let index = first; index <= last; index += 1) {
          if (this.tapped.has(index)) this.tap(index, across + axis, along + size.along);
        }
        return { source: output, points: [[across + axis, along + size.along]] };
      };
      const tapped = [...this.tapped].some((index) => first <= index && index <= last);
      return { ...size, axis, output, place, tapped };
    }

    tap(source, axis, along) {
      this.paper.taps.push({ source, points: [[axis, along], [axis, along + TAP]] });
    }

    // Rows

    /** Parts that follow each other. Shapes are written where they change. */
    row(items, labeled) {
      const plans = items.map((item) => this.item(item));
      const shapes = this.changes(items, plans);
      const toTheRight = this.paper.toTheRight;
      const last = plans.length - 1;
      const after = plans.map((plan, place) => {
        const shown = shapes[place] && (place < last || labeled);
        const room = shown ? (toTheRight ? measured(shapes[place], "small") : LABEL) : 0;
        const tapped = plan.tapped ? TAP : 0;
        return { shown, room: (place < last ? GAP : 4) + room + tapped, tapped };
      });
      const axis = words.most(plans.map((plan) => plan.axis), 0);
      let right = words.most(plans.map((plan) => plan.across - plan.axis), 0);
      if (!toTheRight) {
        right = words.most(plans.map((_, place) =>
          (after[place].shown ? measured(shapes[place], "small") + 8 : 0)), right);
      }
      const along = plans.reduce((sum, plan, place) => sum + plan.along
        + (place < last || after[place].shown ? after[place].room : 0), 0);
      const place = (across, start, incoming) => {
        let [route, at] = [incoming, start];
        plans.forEach((plan, number) => {
          route = plan.place(across + axis - plan.axis, at, route);
          at += plan.along;
          const { shown, room, tapped } = after[number];
          if (shown) this.label(plan.output, shapes[number], across + axis, at, tapped);
          at += room;
        });
        return route;
      };
      const output = plans[last].output;
      return { across: axis + right, along, axis, output, place, shape: shapes[last] };
    }

    /** What comes out of each part, where it is not what came in. */
    changes(items, plans) {
      return plans.map((plan, place) => {
        const first = model.inputOf(items[place]);
        const { inputs } = this.made.layers[first];
        const before = inputs.length ? this.made.layers[inputs[0]].shape : null;
        const shape = this.made.layers[plan.output].shape;
        return shape === before ? "" : shape;
      });
    }

    label(source, text, axis, along, tapped) {
      if (this.paper.toTheRight) {
        const [x, y] = this.paper.point(axis - 5, along + 3 + tapped);
        this.paper.labels.push({ source, text, x, y });
      } else {
        this.paper.labels.push({ source, text, x: axis + 6, y: along + 15 + tapped });
      }
    }

    // Frames

    open(frame) {
      const inner = this.row(frame.items, false);
      return this.paper.toTheRight
        ? this.openToTheRight(frame, inner) : this.openDown(frame, inner);
    }

    /**
     * The texts of a frame are on both sides of its axis, so that no edge crosses it:
     * the title before it, the rest where there is room.
     */
    openDown(frame, inner) {
      const [title, subtitle, cost] = this.header(frame);
      let before = title + 10;
      let after = 0;
      const inline = inner.axis + EDGE >= title + subtitle + 18;
      if (inline) before += subtitle + 8;
      else if (subtitle) after = subtitle + 22;
      const axis = Math.ceil(Math.max(inner.axis + EDGE, before));
      const rest = Math.ceil(Math.max(inner.across - inner.axis + EDGE, after));
      const header = headerOf(frame);
      const size = { across: axis + rest, along: header + inner.along + EDGE };
      const textAt = {
        subtitle: inline ? title + 8 : axis + 12,
        cost: rest > after + cost + 24 ? size.across - 10 : 0,
      };
      return this.framed(frame, inner, size, axis, axis - inner.axis, header, textAt);
    }

    /** The widths of title, subtitle and cost. */
    header(frame) {
      const isBranch = frame.kind === "branch";
      return [measured(frame.name, isBranch ? "small" : "title") + 22,
        frame.subtitle ? measured(frame.subtitle, "text") : 0,
        isBranch ? Infinity : measured(costOf(frame), "small")];
    }

    openToTheRight(frame, inner) {
      const [title, subtitle, cost] = this.header(frame);
      const wide = title + 8 + subtitle;
      const along = Math.ceil(Math.max(inner.along + 2 * EDGE, wide + 12));
      const header = headerOf(frame);
      const size = { across: header + inner.across + EDGE, along };
      const textAt = { subtitle: title + 8, cost: along > wide + cost + 30 ? along - 10 : 0 };
      return this.framed(frame, inner, size, header + inner.axis, header,
        (along - inner.along) / 2, textAt);
    }

    framed(frame, inner, size, axis, across, along, textAt) {
      const output = frame.output;
      const place = (left, start, route) => {
        const tapped = this.tapped.delete(output);
        this.paper.box({ thing: frame, kind: "open", textAt, cost: costOf(frame) }, left, start, size);
        const out = inner.place(left + across, start + along, route);
        if (tapped) {
          this.tapped.add(output);
          this.tap(output, left + axis, start + size.along);
          this.paper.taps.at(-1).points[0] = out.points[out.points.length - 1];
        }
        return out;
      };
      return { ...size, axis, output, place, tapped: this.tapped.has(output) };
    }

    // Branches

    branches(item) {
      const columns = item.branches.map((branch) =>
        (branch.items.length ? this.row(branch.items, false) : null));
      const starts = [];
      let across = 0;
      for (const column of columns) {
        starts.push(across);
        across += (column ? Math.max(column.across, labelEnd(this, column)) : LANE) + COLUMNS;
      }
      across -= COLUMNS;
      const axes = columns.map((column, place) =>
        starts[place] + (column ? column.axis : LANE / 2));
      const filled = axes.filter((_, place) => columns[place]);
      const axis = trunkAxis(filled.length ? filled : axes);
      const merge = item.merge === null ? null : this.bar(this.made.layers[item.merge],
        filled.length ? filled : axes, axis);
      const along = FORK + Math.max(0, ...columns.map((column) => (column ? column.along : 0)));
      const labels = columns.map((column) => (column ? column.shape : ""));
      const room = MEET + Math.max(0, ...labels.map((text) => this.room(text)));
      return this.gathered(item, columns, { starts, axes, axis, merge, across, along, room });
    }

    /** The room that a shape takes along the flow. */
    room(text) {
      if (!text) return 0;
      return this.paper.toTheRight ? measured(text, "small") + 4 : LABEL - 5;
    }

    /** A merge is as wide as what comes into it, so that every branch runs straight on. */
    bar(layer, axes, axis) {
      const texts = lines.ofMerge(layer);
      const size = this.sized(texts, 60);
      const start = Math.min(axis - size.across / 2, axes[0] - 12);
      const end = Math.max(axis + size.across / 2, axes[axes.length - 1] + 12);
      return { layer, lines: texts, start, size: { across: end - start, along: size.along } };
    }

    gathered(item, columns, plan) {
      const { merge, room } = plan;
      const left = Math.min(0, merge ? merge.start : 0);
      const right = Math.max(plan.across, merge ? merge.start + merge.size.across : 0);
      const bar = plan.along + room;
      const size = { across: right - left, along: bar + (merge ? merge.size.along : 0) };
      const output = item.merge === null
        ? columns.filter(Boolean).pop().output : item.merge;
      const place = (across, along, route) => {
        const ends = columns.map((column, number) =>
          this.column(column, number, plan, across - left, along, route, across + size.across));
        if (!merge) return ends.filter(Boolean).pop();
        return this.met(ends, columns, plan, across - left, along + bar);
      };
      return { ...size, axis: plan.axis - left, output, place, tapped: this.tapped.has(output) };
    }

    /** One branch, from where branches part. */
    column(column, number, plan, across, along, route, right) {
      const axis = across + plan.axes[number];
      const parted = route && this.parted(route, number, plan, across, along + FORK / 2);
      if (!column) return parted;
      const before = this.paper.taps.length;
      const start = along + FORK;
      const end = column.place(across + plan.starts[number], start, parted);
      if (column.shape) {
        this.label(column.output, column.shape, axis, start + column.along, 0);
      }
      for (const tap of this.paper.taps.slice(before)) {
        const lane = across + plan.starts[number] + column.across + COLUMNS / 3;
        const below = along + plan.along + plan.room - 4;
        const turn = tap.points[tap.points.length - 1][1];
        tap.points.push([lane, turn], [lane, below], [right + 4, below]);
      }
      return end;
    }

    /** Where a branch leaves the trunk. Of the stretch that branches share each has a piece. */
    parted(route, number, plan, across, along) {
      const { axes, axis } = plan;
      const onward_ = onward(route, [across + axis, along], [across + axes[number], along]);
      if (this.made.named) return onward_;  // the branch that has a stretch may not read it
      const side = Math.sign(axes[number] - axis);
      const nearer = axes.filter((other) => (axes[number] - other) * side > 0
        && (other - axis) * side >= 0 && other !== axis);
      if (side && nearer.length) {
        const next = side > 0 ? Math.max(...nearer) : Math.min(...nearer);
        onward_.own = [[across + next, along], [across + axes[number], along]];
      } else if (number !== trunkTaker(axes, axis)) {
        onward_.own = [[across + axis, along - FORK / 2], [across + axis, along],
          [across + axes[number], along]];
      }
      return onward_;
    }

    met(ends, columns, plan, across, along) {
      const { merge } = plan;
      const { index } = merge.layer;
      const start = across + merge.start;
      const end = start + merge.size.across;
      ends.forEach((route, number) => {
        if (!route) return;
        const axis = across + plan.axes[number];
        const aside = axis < start || axis > end;
        const middle = along + merge.size.along / 2;
        const points = aside
          ? [[axis, middle], [axis < start ? start : end, middle]]
          : [[axis, along]];
        this.paper.edge(onward(route, ...points), index);
      });
      const record = { thing: merge.layer, kind: "layer", lines: merge.lines, isMerge: true };
      this.paper.box(record, start, along, merge.size);
      const axis = across + plan.axis;
      if (this.tapped.has(index)) this.tap(index, axis, along + merge.size.along);
      return { source: index, points: [[axis, along + merge.size.along]] };
    }
  }

  const headerOf = (frame) => (frame.kind === "branch" ? BRANCH : HEADER);
  const costOf = (frame) => `${words.count(frame.macs)} MACs`;

  /** A branch's last shape is written next to its axis and may stick out. */
  function labelEnd(self, column) {
    if (!column.shape || self.paper.toTheRight) return 0;
    return column.axis + 8 + measured(column.shape, "small");
  }

  /** An odd number of branches lets the middle one run straight on. */
  function trunkAxis(axes) {
    const middle = axes.length >> 1;
    return axes.length % 2 ? axes[middle] : (axes[0] + axes[axes.length - 1]) / 2;
  }

  /** The branch that takes the trunk up to the fork: the nearest one. */
  function trunkTaker(axes, axis) {
    let taker = 0;
    axes.forEach((other, place) => {
      if (Math.abs(other - axis) < Math.abs(axes[taker] - axis)) taker = place;
    });
    return taker;
  }

  return {
    make: (made, folded, direction) => new Layout(made, folded, direction).whole(),
    headerOf,
  };
})();
