// Finding layers and frames by what they are called and by what they are.

const search = (() => {
  const MOST = 200;  // matches that are listed

  let made = null;
  let index = [];
  let matches = [];
  let at = -1;
  let changed = () => {};
  let choose = () => {};

  function start(onChange, onChoose) {
    changed = onChange;
    choose = onChoose;
    const input = find("query");
    input.addEventListener("input", run);
    input.addEventListener("keydown", keydown);
    input.addEventListener("focus", () => list());
    find("matches").addEventListener("pointerdown", (event) => event.preventDefault());
    find("matches").addEventListener("click", (event) => {
      const option = event.target.closest("[data-at]");
      if (option) go(Number(option.dataset.at));
    });
    input.addEventListener("blur", close);
  }

  function show(model_) {
    made = model_;
    index = [];
    if (find("query").value) run(false);
  }

  /** Every name in lower case, made when it is first asked for. */
  function indexed() {
    if (index.length || !made) return index;
    const frames = [...made.frames.values()].filter((frame) => frame.kind !== "run")
      .map((frame) => ({ thing: frame, order: frame.first - 0.5,
        text: `${frame.path} ${frame.subtitle}` }));
    const layers = made.layers.map((layer) => ({ thing: layer, order: layer.index,
      text: `${layer.path} ${layer.title} ${layer.details}` }));
    index = [...frames, ...layers].sort((one, other) => one.order - other.order)
      .map(({ thing, text }) => ({ thing, text: plain(text) }));
    return index;
  }

  /** In lower case, and with the letter that a keyboard has for a multiplication sign. */
  const plain = (text) => text.toLowerCase().replaceAll("\u00d7", "x");

  function run(opens = true) {
    const asked = plain(find("query").value).split(/\s+/).filter(Boolean);
    matches = asked.length
      ? indexed().filter(({ text }) => asked.every((word) => text.includes(word)))
        .map(({ thing }) => thing.key)
      : [];
    at = -1;
    if (opens) list();
    else count();
    changed(new Set(matches));
  }

  function list() {
    const box = find("matches");
    const asked = find("query").value.trim();
    box.replaceChildren(...matches.slice(0, MOST).map(option));
    if (matches.length > MOST) {
      box.append(make.html("p", {}, `${words.whole(matches.length - MOST)} more`));
    }
    if (asked && !matches.length) box.append(make.html("p", {}, "No matches"));
    opened(Boolean(asked));
    count();
  }

  function option(key, place) {
    const thing = model.thing(made, key);
    const what = thing.items ? thing.subtitle || words.plural(thing.count, "layer") : thing.title;
    const path = thing.kind === "group" ? thing.name : thing.path;
    return make.html("div", { role: "option", id: `match-${place}`, "data-at": place,
      "aria-selected": String(place === at) },
    make.path(path),
    make.html("span", { class: "what" }, what));
  }

  function count() {
    const text = !find("query").value.trim() ? ""
      : !matches.length ? "No matches"
        : at < 0 ? words.plural(matches.length, "match").replace("matchs", "matches")
          : `${at + 1} of ${words.whole(matches.length)}`;
    find("count").textContent = text;
  }

  /** The next match, or the one before; around at the ends. */
  function cycle(step) {
    if (!matches.length) return;
    go(at < 0 ? (step > 0 ? 0 : matches.length - 1)
      : (at + step + matches.length) % matches.length);
  }

  function go(place) {
    at = place;
    for (const element of find("matches").querySelectorAll("[data-at]")) {
      const mine = Number(element.dataset.at) === at;
      element.setAttribute("aria-selected", String(mine));
      if (mine) element.scrollIntoView({ block: "nearest" });
    }
    find("query").setAttribute("aria-activedescendant", `match-${at}`);
    count();
    choose(matches[at]);
  }

  function keydown(event) {
    if (event.key === "Enter") cycle(event.shiftKey ? -1 : 1);
    else if (event.key === "ArrowDown") cycle(1);
    else if (event.key === "ArrowUp") cycle(-1);
    else if (event.key === "Escape") clear();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function clear() {
    const input = find("query");
    if (!input.value) input.blur();
    input.value = "";
    run();
  }

  const close = () => opened(false);

  /** Show or hide the list, which has the place of the table. */
  function opened(is) {
    find("matches").hidden = !is;
    document.body.classList.toggle("searching", is);
    find("query").setAttribute("aria-expanded", String(is));
  }

  function open() {
    find("query").focus();
    find("query").select();
  }

  return { start, show, open, cycle, clear };
})();
