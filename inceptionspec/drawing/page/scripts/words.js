// Numbers and figures in words, and elements made of text alone.

const words = (() => {
  // As in drawing/diagram/figures.py: a test feeds both the same numbers.
  const COUNTS = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];
  const BYTES = [[2 ** 30, " GiB"], [2 ** 20, " MiB"], [2 ** 10, " KiB"]];
  const SECONDS = [[1, " s"], [1e-3, " ms"], [1e-6, " \u00b5s"]];

  /** A large number in short, as diagrams have it: 5.72G, 1.30M, 512; "open" if not known. */
  const count = (number) => known(number, (size) => stepped(size, COUNTS) || round(digits(size)));

  /** A number of bytes: 7.91 MiB, 524 KiB, 64 B. */
  const bytes = (number) => known(number,
    (size) => stepped(size, BYTES) || `${Math.floor(size + 0.5)} B`);

  /** A time: 1.20 s, 12.3 ms. */
  const seconds = (number) => known(number,
    (size) => stepped(size, SECONDS) || `${digits(size / 1e-6)} \u00b5s`);

  /** The text of a number's size with a real minus; "open" if it is not known. */
  function known(number, text) {
    if (number === null || number === undefined) return "open";
    return number < 0 ? `\u2212${text(-number)}` : text(number);
  }

  /** A number from 0 on in the largest unit that it reaches in three digits, if it reaches one. */
  function stepped(number, steps) {
    const step = steps.find(([size]) => number >= 0.9995 * size);
    return step && digits(number / step[0]) + step[1];
  }

  /** Three digits; all that are before the point, up to a million. */
  function digits(number) {
    if (number < 1e-9) return "0.00";
    if (number >= 1e6) return number.toExponential(2);
    const power = Number(number.toExponential(2).split("e")[1]);
    return number.toFixed(Math.min(Math.max(2 - power, 0), 100));
  }

  /** A figure without zeros after the point, as at the ticks of an axis. */
  function round(text) {
    const [, number, unit] = text.match(/^([\u2212.\d]*)(.*)$/);
    return (number.includes(".") ? number.replace(/\.?0+$/, "") : number) + unit;
  }

  /** All digits, in groups of three. */
  function whole(number) {
    if (number === null || number === undefined) return "open";
    return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
  }

  function plural(number, word) {
    return number === 1 ? `1 ${word}` : `${whole(number)} ${word}s`;
  }

  /** The last element of a path. */
  function last(path) {
    return path.slice(path.lastIndexOf("/") + 1);
  }

  /** The largest of some numbers, however many, and of a least one. */
  function most(numbers, least) {
    return numbers.reduce((found, number) => Math.max(found, number), least);
  }

  return { count, whole, bytes, seconds, round, plural, last, most };
})();

const make = (() => {
  const SVG = "http://www.w3.org/2000/svg";

  function filled(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== undefined && value !== null) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== "" && child !== null));
    return element;
  }

  /** An element of HTML; children that are text are put in as text. */
  function html(name, attributes, ...children) {
    return filled(document.createElement(name), attributes, children);
  }

  function svg(name, attributes, ...children) {
    return filled(document.createElementNS(SVG, name), attributes, children);
  }

  /** A path that is cut at its front where it has too little room. */
  const path = (text) => html("span", { class: "path" }, html("bdi", { dir: "ltr" }, text));

  return { html, svg, path };
})();

const find = (id) => document.getElementById(id);
