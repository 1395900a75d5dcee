// Numbers and figures in words, and elements made of text alone.

const words = (() => {
  const UNITS = [[1e9, "G"], [1e6, "M"], [1e3, "k"]];

  /** A large number as people say it: 5.72G, 27.2M, 512; "open" where it is not known. */
  function count(number) {
    if (number === null || number === undefined) return "open";
    for (const [size, unit] of UNITS) {
      if (Math.abs(number) >= size) return trimmed(number / size) + unit;
    }
    return Number.isInteger(number) ? String(number) : trimmed(number);
  }

  function trimmed(number) {
    return String(Number(number.toPrecision(3)));
  }

  /** All digits, in groups of three. */
  function whole(number) {
    if (number === null || number === undefined) return "open";
    return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
  }

  function bytes(number) {
    if (number === null || number === undefined) return "open";
    for (const [size, unit] of [[1 << 30, "GiB"], [1 << 20, "MiB"], [1 << 10, "KiB"]]) {
      if (number >= size) return `${trimmed(number / size)} ${unit}`;
    }
    return `${number} bytes`;
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

  return { count, whole, bytes, plural, last, most };
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

  return { html, svg };
})();

const find = (id) => document.getElementById(id);
