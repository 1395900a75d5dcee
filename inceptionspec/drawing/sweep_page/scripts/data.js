// The payload as rows: what each figure and each knob of a row is.

const data = (() => {
  let made = null;
  let onFront = new Set();

  function read() {
    made = JSON.parse(find("payload").textContent);
    onFront = new Set(made.rows.front);
    return made;
  }

  const all = () => made;
  const count = () => made.rows.number.length;
  const number = (row) => made.rows.number[row];
  const figure = (at, row) => made.rows.figures[at][row];
  const value = (knob, row) => made.rows.knobs[knob][row];
  const valueText = (knob, row) => made.knobs[knob].values[value(knob, row)];
  const isFront = (row) => onFront.has(row);
  const details = (row) => made.details[number(row)];

  /** A figure with its unit. */
  function text(at, figure_) {
    if (figure_ === null || figure_ === undefined) return "\u2013";
    const { unit } = made.figures[at];
    if (unit === "bytes") return words.bytes(figure_);
    if (unit === "pixels") return `${words.whole(figure_)} px`;
    if (unit === "seconds") return words.seconds(figure_);
    return words.count(figure_);
  }

  /** The same for a round figure, without zeros behind the point. */
  const round = (at, figure_) => words.round(text(at, figure_));

  /** The difference of a figure from the base in percent, with a sign; empty without one. */
  function percent(at, row) {
    const [before, now] = [made.base?.figures[at], figure(at, row)];
    if (!before || now === null || now === before) return "";
    const share = (100 * (now - before)) / before;
    return `${share < 0 ? "\u2212" : "+"}${Math.abs(share).toFixed(1)}\u00a0%`;
  }

  return { read, all, count, number, figure, value, valueText, isFront, details, text, round, percent };
})();
