// Where a layout is drawn: measures texts, and converts positions along the flow to x and y.

const paper = (() => {
  const LINE = { title: 17, text: 15, small: 14 };
  const FAMILY = 'Helvetica, Arial, "Liberation Sans", sans-serif';  // as in diagrams
  const FONTS = {
    title: `600 13px ${FAMILY}`,
    text: `400 12px ${FAMILY}`,
    small: `400 11px ${FAMILY}`,
  };
  const widths = new Map();
  let pen = null;

  /** The width of a text in pixels, measured once. */
  function measured(text, kind) {
    const key = `${kind} ${text}`;
    let width = widths.get(key);
    if (width === undefined) {
      pen ||= document.createElement("canvas").getContext("2d");
      pen.font = FONTS[kind];
      width = pen.measureText(text).width;
      widths.set(key, width);
    }
    return width;
  }

  /** A way that goes on; `own` leaves out what it shares with the next branch. */
  function onward(route, ...points) {
    return {
      source: route.source,
      points: [...route.points, ...points],
      own: route.own && [...route.own, ...points],
    };
  }

  /** Turns across and along into x and y, and keeps what was put down. */
  class Paper {
    constructor(toTheRight) {
      this.toTheRight = toTheRight;
      this.boxes = [];
      this.edges = [];
      this.labels = [];
      this.taps = [];
    }

    point(across, along) {
      return this.toTheRight ? [along, across] : [across, along];
    }

    rectangle(across, along, size) {
      const [x, y] = this.point(across, along);
      const [width, height] = this.point(size.across, size.along);
      return { x, y, width, height };
    }

    box(record, across, along, size) {
      this.boxes.push({ ...record, ...this.rectangle(across, along, size) });
    }

    edge(route, target) {
      if (!route) return;
      const turned = (points) => points.map(([across, along]) => this.point(across, along));
      const points = turned(route.points);
      const own = route.own ? turned(route.own) : points;
      this.edges.push({ source: route.source, target, points, own });
    }
  }

  return { measured, onward, Paper, fonts: FONTS, lines: LINE };
})();
