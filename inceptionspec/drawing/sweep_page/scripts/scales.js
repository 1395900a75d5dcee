// Where figures are along an axis, and the round ones among them.

const scales = (() => {
  const MOST_TICKS = 6;
  const DECADE = 10;  // from here on an axis is logarithmic

  /** The scale of some figures, with room at both ends in shares of its length. */
  function make_(figures, [below, above]) {
    let low = Infinity;
    let high = -Infinity;
    for (const figure of figures) {
      if (figure < low) low = figure;
      if (figure > high) high = figure;
    }
    if (low > high) return null;
    if (low === high) {
      const room = Math.abs(low) / 2 || 1;
      [low, high] = [low - room, high + room];
    }
    const log = low > 0 && high >= DECADE * low;
    const length = log ? Math.log : (figure) => figure;
    const back = log ? Math.exp : (figure) => figure;
    let [from, to] = [length(low), length(high)];
    [from, to] = [from - below * (to - from), to + above * (to - from)];
    if (!log && from < 0 && low >= 0) from = 0;
    return {
      log, low: back(from), high: back(to),
      share: (figure) => (length(figure) - from) / (to - from),
    };
  }

  /** Round figures along a scale. */
  function ticks(scale, unit) {
    const { low, high } = scale;
    if (!scale.log) {
      const size = unit === "bytes"
        ? [1 << 30, 1 << 20, 1 << 10, 1].find((step) => high >= step) : 1;
      const rough = (high - low) / size / MOST_TICKS;
      const power = 10 ** Math.floor(Math.log10(rough));
      const step = [1, 2, 2.5, 5, 10].find((part) => part * power >= rough) * power * size;
      const found = [];
      for (let at = Math.ceil(low / step - 1e-9); at * step <= high * (1 + 1e-9); at += 1) {
        found.push(at * step);
      }
      return found;
    }
    const powers = unit === "bytes"
      ? [0, 10, 20, 30].flatMap((bits) => [1, 10, 100].map((ten) => ten * 2 ** bits))
      : Array.from({ length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
        (_, at) => 10 ** (Math.floor(Math.log10(low)) + at));
    let found = [];
    for (const parts of [[1, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]]) {
      found = powers.flatMap((power) => parts.map((part) => part * power))
        .filter((tick) => tick >= low && tick <= high);
      if (found.length <= MOST_TICKS) return found;
    }
    const every = Math.ceil(found.length / MOST_TICKS);
    return found.filter((_, at) => at % every === 0);
  }

  return { make: make_, ticks };
})();
