// Pictures of the diagram as it is now, as files: what is in view, or the whole.

const saving = (() => {
  const KEPT = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap",
    "stroke-linejoin", "paint-order", "opacity", "font-family", "font-size", "font-weight"];
  const SHOWN = ["d", "x", "y", "width", "height", "rx", "transform", "text-anchor"];
  const MARGIN = 20;
  const LARGEST = 12000;  // pixels of a side that browsers still draw

  /** Save as `view svg`, `view png`, `whole svg` or `whole png`. */
  function save(made, legend, what) {
    const [part, format] = what.split(" ");
    const svg = picture(made, legend, part === "whole");
    const file = `${made.name.replace(/[^\w.-]+/g, "_")}.${format}`;
    const text = new XMLSerializer().serializeToString(svg);
    if (format === "svg") download(new Blob([text], { type: "image/svg+xml" }), file);
    else pixels(svg, text, file);
  }

  function download(blob, file) {
    const url = URL.createObjectURL(blob);
    make.html("a", { href: url, download: file }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  }

  function pixels(svg, text, file) {
    const size = ["width", "height"].map((name) => Number(svg.getAttribute(name)));
    const scale = Math.min(2, LARGEST / Math.max(...size));
    const canvas = make.html("canvas", {});
    [canvas.width, canvas.height] = size.map((side) => Math.ceil(side * scale));
    const image = new Image();
    image.addEventListener("load", () => {
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => download(blob, file), "image/png");
    });
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  }

  /** A picture that needs no style of this page, with its title and its legend. */
  function picture(made, legend, whole) {
    const { x, y, scale } = view.state;
    const bounds = drawing.bounds();
    const area = whole
      ? { x: bounds.x - MARGIN, y: bounds.y - MARGIN, width: bounds.width + 2 * MARGIN,
        height: bounds.height + 2 * MARGIN }
      : view.size();
    const svg = make.svg("svg", { width: Math.max(area.width, 320) });
    const ground = svg.appendChild(make.svg("rect", { class: "page", width: "100%", height: "100%" }));
    svg.prepend(make.svg("title", {}, made.name));
    const head = header(svg, made, legend, svg.getAttribute("width") - 2 * MARGIN);
    svg.setAttribute("height", head + area.height);
    const clip = svg.appendChild(make.svg("svg", { y: head, width: area.width, height: area.height }));
    const group = clip.appendChild(make.svg("g", { class: find("scene").getAttribute("class") }));
    if (whole) {
      group.classList.remove("far", "named");
      group.setAttribute("transform", `translate(${-area.x} ${-area.y})`);
      drawing.copyInto(group, bounds);
    } else {
      group.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
      const { left, top, right, bottom } = view.seen(0);
      drawing.copyInto(group, { x: left, y: top, width: right - left, height: bottom - top });
      clip.append(document.querySelector(".names").cloneNode(true));
    }
    ground.setAttribute("height", head + area.height);
    find("sheet").replaceChildren(svg);
    plain(svg);
    find("sheet").replaceChildren();
    return svg;
  }

  /** The title, the totals and the legend; the height that they take. */
  function header(svg, made, { title, kinds, stops, ends }, wide) {
    let [x, y] = [MARGIN, 30];
    const write = (kind, text, at, baseline) => {
      svg.append(make.svg("text", { class: `ink ${kind}`, x: at, y: baseline }, text));
      return paper.measured(text, kind);
    };
    write("title", made.name, x, y);
    write("text", titles.figures(made), x, y += 18);
    y += 20;
    for (const [word, fill] of kinds || []) {
      const width = 24 + paper.measured(word, "small");
      if (x > MARGIN && x + width > wide) [x, y] = [MARGIN, y + 18];
      svg.append(make.svg("rect", { class: "face", x, y: y - 10, width: 12, height: 12, rx: 3, fill }));
      write("small", word, x + 18, y);
      x += width + 10;
    }
    if (stops) {
      x += 8 + write("small", `${title}: ${ends[0]}`, x, y);
      for (const fill of stops) {
        svg.append(make.svg("rect", { x, y: y - 10, width: 16, height: 12, fill }));
        x += 16;
      }
      write("small", ends[1], x + 8, y);
    }
    return y + 12;
  }

  /** Write what the style sheet says into the elements, and take away all but what is drawn. */
  function plain(svg) {
    const elements = [...svg.querySelectorAll("*")];
    const looks = elements.map(look);  // of all, before any of them loses its class
    elements.forEach((element, place) => {
      if (!looks[place]) {
        element.remove();
        return;
      }
      for (const [name, value] of looks[place]) element.setAttribute(name, value);
      for (const { name } of [...element.attributes]) {
        if (!SHOWN.includes(name) && !KEPT.includes(name)) element.removeAttribute(name);
      }
    });
    svg.setAttribute("viewBox", `0 0 ${svg.getAttribute("width")} ${svg.getAttribute("height")}`);
    for (const { name } of [...svg.attributes]) {
      if (!["width", "height", "viewBox"].includes(name)) svg.removeAttribute(name);
    }
  }

  /** What the style sheet says of an element, as pairs; nothing of what it hides. */
  function look(element) {
    const style = getComputedStyle(element);
    if (style.display === "none" || element.matches(".header")) return null;
    const names_ = element.matches("rect, path, text") ? KEPT : ["opacity"];
    return names_.map((name) => [name, style.getPropertyValue(name)])
      .filter(([name, value]) => !USUAL[name]?.includes(value));
  }

  const USUAL = {
    "stroke": ["none"], "stroke-width": ["1px"], "stroke-dasharray": ["none"],
    "stroke-linecap": ["butt"], "stroke-linejoin": ["miter"], "paint-order": ["normal"],
    "opacity": ["1"],
  };

  return { save };
})();
