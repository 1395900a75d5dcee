// What part of the diagram is seen, and how large: pan and zoom.

const view = (() => {
  const SMALLEST = 0.02;
  const LARGEST = 4;
  const STEP = 1.25;
  const MARGIN = 28;
  const READ = 1;     // the least size at which every label can be read
  const LARGE = 1.15;  // no diagram opens larger than this

  const state = { x: 0, y: 0, scale: 1 };
  let stage = null;
  let room = { width: 1, height: 1 };
  let bounds = { x: 0, y: 0, width: 1, height: 1 };
  let changed = () => {};
  let waiting = 0;

  function start(element, listener) {
    stage = element;
    changed = listener;
    stage.addEventListener("wheel", wheel, { passive: false });
    stage.addEventListener("pointerdown", press);
    measure();
    new ResizeObserver(() => {
      measure();
      soon();
    }).observe(stage);
  }

  /** The stage is measured when it changes alone: to ask for it makes the browser lay out. */
  function measure() {
    room = { width: stage.clientWidth || 1, height: stage.clientHeight || 1 };
  }

  /** Draw with the next frame, once, however often something moved. */
  function soon() {
    waiting ||= requestAnimationFrame(() => {
      waiting = 0;
      changed();
    });
  }

  const size = () => room;
  const clamped = (scale) => Math.min(LARGEST, Math.max(SMALLEST, scale));

  function set(x, y, scale) {
    Object.assign(state, { x, y, scale });
    keepInSight();
    soon();
  }

  /** Some of the diagram always stays in view. */
  function keepInSight() {
    const { width, height } = size();
    const [left, top] = [bounds.x * state.scale, bounds.y * state.scale];
    const least = 80;
    state.x = Math.min(width - least - left,
      Math.max(least - left - bounds.width * state.scale, state.x));
    state.y = Math.min(height - least - top,
      Math.max(least - top - bounds.height * state.scale, state.y));
  }

  function pan(dx, dy) {
    set(state.x + dx, state.y + dy, state.scale);
  }

  /** Zoom by a factor; the point of the stage stays where it is. */
  function zoom(factor, at) {
    const { width, height } = size();
    const [x, y] = at || [width / 2, height / 2];
    const scale = clamped(state.scale * factor);
    const grown = scale / state.scale;
    set(x - (x - state.x) * grown, y - (y - state.y) * grown, scale);
  }

  function bound(rectangle) {
    bounds = rectangle;
  }

  function fit() {
    const { width, height } = size();
    const scale = clamped(Math.min(fitting(width, bounds.width),
      fitting(height, bounds.height), 1.5));
    set((width - bounds.width * scale) / 2 - bounds.x * scale,
      (height - bounds.height * scale) / 2 - bounds.y * scale, scale);
  }

  /** A margin that leaves a narrow stage to the diagram. */
  const margin = (room) => Math.min(MARGIN, room / 40);

  /** The size at which an extent takes the room but for its margins. */
  const fitting = (room, extent) => (room - 2 * margin(room)) / extent;

  /**
   * The beginning of the diagram, at a size that can be read; the rest is below or to the
   * right. What does not fit across the flow either is cut on both sides of the first box.
   */
  function begin(first, toTheRight) {
    const { width, height } = size();
    const scale = Math.min(LARGE, Math.max(READ,
      Math.min(fitting(width, bounds.width), fitting(height, bounds.height))));
    const place = (room, start, extent, middle) => {
      const spare = room - extent * scale;
      if (spare >= 2 * margin(room)) return spare / 2 - start * scale;
      const [least, most] = [room - margin(room) - (start + extent) * scale,
        margin(room) - start * scale];
      return Math.min(most, Math.max(least, room / 2 - middle * scale));
    };
    const atStart = (room, start, extent) =>
      Math.max(margin(room), (room - extent * scale) / 2) - start * scale;
    const { x, y } = bounds;
    set(toTheRight ? atStart(width, x, bounds.width)
      : place(width, x, bounds.width, first.x + first.width / 2),
    toTheRight ? place(height, y, bounds.height, first.y + first.height / 2)
      : atStart(height, y, bounds.height), scale);
  }

  /** A rectangle in the middle, as large as can be read and seen. */
  function show(rectangle) {
    const { width, height } = size();
    const scale = Math.max(READ, Math.min(LARGE, fitting(width, rectangle.width),
      fitting(height, rectangle.height)));
    const place = (room, start, extent) =>
      Math.max(margin(room), (room - extent * scale) / 2) - start * scale;
    set(place(width, rectangle.x, rectangle.width), place(height, rectangle.y, rectangle.height),
      scale);
  }

  /** What is in the middle of the stage, in the units of the diagram, and the size. */
  function center() {
    const { width, height } = size();
    const { x, y, scale } = state;
    return [(width / 2 - x) / scale, (height / 2 - y) / scale, scale];
  }

  function centerAt([x, y, scale]) {
    const { width, height } = size();
    const kept = clamped(scale);
    set(width / 2 - x * kept, height / 2 - y * kept, kept);
  }

  /** Move so that a rectangle is in view across the flow, at least its beginning. */
  function contain(rectangle, toTheRight) {
    const at = onStage(rectangle);
    const [room, start, extent] = toTheRight ? [size().height, at.y, at.height]
      : [size().width, at.x, at.width];
    const edge = margin(room);
    const shift = Math.max(edge - start, Math.min(0, room - edge - start - extent));
    if (shift) pan(toTheRight ? 0 : shift, toTheRight ? shift : 0);
  }

  /** Bring a rectangle into view, and no more than that unless it is to be centered. */
  function reveal(rectangle, centered) {
    const { width, height } = room;
    if (state.scale < 0.7) state.scale = READ;
    const edge = 40;
    const shift = (start, extent, seen) => {
      const end = start + extent;
      if (centered || extent > seen - 2 * edge) {
        if (extent > seen - 2 * edge) return edge - start;
        return (seen - extent) / 2 - start;
      }
      return start < edge ? edge - start : end > seen - edge ? seen - edge - end : 0;
    };
    const at = onStage(rectangle);
    const inside = at.x >= 0 && at.y >= 0 && at.x + at.width <= width && at.y + at.height <= height;
    if (centered && inside) return soon();
    return pan(shift(at.x, at.width, width), shift(at.y, at.height, height));
  }

  function onStage({ x, y, width, height }) {
    return { x: x * state.scale + state.x, y: y * state.scale + state.y,
      width: width * state.scale, height: height * state.scale };
  }

  /** The part of the diagram that is seen, and some share of the stage around it. */
  function seen(around = 0.5) {
    const { width, height } = size();
    return {
      left: (-state.x - width * around) / state.scale,
      top: (-state.y - height * around) / state.scale,
      right: (width * (1 + around) - state.x) / state.scale,
      bottom: (height * (1 + around) - state.y) / state.scale,
    };
  }

  // Wheel, drag and pinch

  function wheel(event) {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    if (event.ctrlKey || event.metaKey) {
      const box = stage.getBoundingClientRect();
      zoom(Math.exp(-event.deltaY * lines * 0.0022),
        [event.clientX - box.left, event.clientY - box.top]);
    } else if (event.shiftKey && !event.deltaX) {
      pan(-event.deltaY * lines, 0);
    } else {
      pan(-event.deltaX * lines, -event.deltaY * lines);
    }
  }

  const pointers = new Map();
  let dragged = false;

  function press(event) {
    if (event.button !== 0 && event.pointerType === "mouse") return;
    if (event.target.closest(".overlay")) return;
    if (!pointers.size) dragged = false;
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", release);
    window.addEventListener("pointercancel", release);
  }

  function move(event) {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = [event.clientX, event.clientY];
    if (pointers.size === 1) {
      const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
      if (!dragged && Math.hypot(dx, dy) < 4) return;
      dragged = true;
      stage.classList.add("dragging");
      pan(dx, dy);
    } else if (pointers.size === 2) {
      dragged = true;
      pinch(event.pointerId, before, now);
    }
    pointers.set(event.pointerId, now);
  }

  function pinch(moving, before, now) {
    const [, other] = [...pointers].find(([id]) => id !== moving);
    const apart = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]);
    const box = stage.getBoundingClientRect();
    const middle = [(now[0] + other[0]) / 2 - box.left, (now[1] + other[1]) / 2 - box.top];
    zoom(apart(now) / Math.max(1, apart(before)), middle);
    pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
  }

  function release(event) {
    pointers.delete(event.pointerId);
    if (pointers.size) return;
    stage.classList.remove("dragging");
    window.removeEventListener("pointermove", move);
    window.removeEventListener("pointerup", release);
    window.removeEventListener("pointercancel", release);
  }

  /** Whether the last press moved the diagram, so that its click means nothing. */
  const wasDragged = () => dragged;

  return { start, size, state, pan, zoom, fit, begin, bound, show, contain, reveal, onStage, seen, soon, set,
    center, centerAt, wasDragged, STEP };
})();
