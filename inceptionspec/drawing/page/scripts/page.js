// The state of the page, and what is done with it.

const page = (() => {
  const LARGE = 60;  // with more layers blocks start folded

  const state = {
    made: null,
    level: "layers",
    folds: new Map(),   // what was folded or unfolded by hand, by key
    direction: "TB",
    theme: "light",
    by: "kind",
    selected: null,
    findings: [],
  };
  let scheme = null;

  // Layout and drawing

  function folded(frame) {
    const byHand = state.folds.get(frame.key);
    if (byHand !== undefined) return byHand;
    if (frame.kind === "run") return state.level === "branches";
    if (frame.kind === "branch") return state.level === "branches" && frame.isRun;
    return state.level === "network";
  }

  /** Lay everything out again; what has the key stays where it is on the stage. */
  function arrange(key) {
    const before = key && drawing.ready() && drawing.box(key);
    const at = before && view.onStage(before);
    drawing.take(layout.make(state.made, folded, state.direction));
    const bounds = drawing.bounds();
    view.bound(bounds);
    const after = key && drawing.box(key);
    if (at && after) {
      const now = view.onStage(after);
      const wide = state.direction === "LR";
      const middle = (rectangle) => (wide ? rectangle.y + rectangle.height / 2
        : rectangle.x + rectangle.width / 2);
      const across = middle(at) - middle(now);
      view.state.x += wide ? at.x - now.x : across;
      view.state.y += wide ? across : at.y - now.y;
    }
    if (!drawing.focused() || !drawing.box(drawing.focused())) {
      drawing.mark({ focused: keys.first() });
    }
    color();
    mark();
    view.soon();
    drawing.draw();
    link.soon();
  }

  function color() {
    const shown = drawing.boxes().filter((box) => box.kind !== "open").map((box) => box.thing);
    scheme = coloring.scheme(state.made, state.by, state.theme, shown);
    drawing.paint(scheme);
    find("legend").replaceChildren(...titles.legend(scheme.legend));
    link.soon();
  }

  /** Show again what is selected and what is to blame. */
  function mark() {
    const thing = state.selected && model.thing(state.made, state.selected);
    drawing.mark({
      selected: thing ? thing.key : null,
      path: thing ? model.path(state.made, model.members(thing)) : null,
      blamed: new Set(state.findings.flatMap((one) => within(one.path))),
      // Two networks have colors for what is different.
      changed: new Set(state.made.states ? []
        : Object.keys(state.made.changed || {}).flatMap(within)),
    });
    details.dock(state.made, thing || null);
    table.mark(thing ? thing.key : null);
    link.soon();
  }

  /** What has a path, and the frames around it, in which it may be folded away. */
  function within(path) {
    const thing = path && model.named(state.made, path);
    return thing ? [thing, ...model.framesAround(state.made, thing)].map((one) => one.key) : [];
  }

  // What a reader does

  function select(key) {
    state.selected = key === state.selected ? null : key;
    mark();
    const thing = state.selected && model.thing(state.made, key);
    say(thing ? `Path of ${thing.items ? thing.name : thing.path}` : "No path");
  }

  function fold(key, value) {
    const frame = state.made.frames.get(key);
    if (!frame) return;
    card.hide();
    state.folds.set(key, value ?? !folded(frame));
    const focused = drawing.focused() === key;
    arrange(key);
    if (!folded(frame) && frame.kind !== "run") {
      view.contain(drawing.box(key), state.direction === "LR");
    }
    if (focused) drawing.focus(key);
    say(`${frame.name} ${folded(frame) ? "folded" : "unfolded"}`);
  }

  /** Fold the innermost block around what has the focus; a branch where branches fold. */
  function foldAround() {
    if (!state.made) return;
    const thing = model.thing(state.made, drawing.focused() || state.selected || "");
    if (!thing) return;
    const around = model.framesAround(state.made, thing);
    const folds = (one) => !folded(one) && (one.kind !== "run" || state.level === "branches");
    const frame = thing.items && folds(thing) ? thing : around.find(folds);
    if (!frame) return;
    state.folds.set(frame.key, true);
    arrange(thing.key === frame.key ? frame.key : null);
    view.reveal(drawing.box(frame.key), false);
    drawing.focus(frame.key);
    say(`${frame.name} folded`);
  }

  function level(name) {
    state.level = name;
    levels();
    if (!state.made) return;
    state.folds.clear();
    card.hide();
    arrange(null);
    lookAgain();
  }

  /** After all has moved: what is selected, or else the beginning. */
  function lookAgain() {
    const kept = nearest(state.selected);
    if (kept) view.show(drawing.box(kept));
    else begun();
  }

  /** See the beginning. */
  function begun() {
    const first = drawing.boxes().find((box) => box.kind !== "open");
    view.begin(first, state.direction === "LR");
  }

  function levels() {
    for (const button of document.querySelectorAll("#detail button")) {
      button.setAttribute("aria-pressed", String(button.dataset.fold === state.level));
    }
  }

  /** What is drawn of a layer or frame: itself, or the folded frame that hides it. */
  function nearest(key) {
    const thing = key && model.thing(state.made, key);
    if (!thing) return null;
    if (drawing.box(key)) return key;
    return model.framesAround(state.made, thing).map((frame) => frame.key)
      .filter((one) => drawing.box(one)).pop() || null;
  }

  /** Unfold what hides a layer or frame, select it and bring it into view. */
  function go(key) {
    const thing = state.made && model.named(state.made, key);
    if (!thing) return;
    card.hide();
    state.selected = thing.key;
    const hidden = model.framesAround(state.made, thing).filter(folded);
    for (const frame of hidden) state.folds.set(frame.key, false);
    if (thing.kind === "run" && !folded(thing)) state.folds.set(thing.key, true);
    if (hidden.length || !drawing.box(thing.key)) arrange(null);
    else mark();
    drawing.mark({ focused: thing.key });
    view.reveal(drawing.box(thing.key), true);
  }

  function enter(key) {
    if (state.made.frames.has(key)) fold(key);
    else if (key) select(key);
  }

  function clear() {
    if (!state.selected) findings.close();
    state.selected = null;
    search.clear();
    card.hide();
    if (state.made) mark();
  }

  const shown = (key) => {
    const thing = model.thing(state.made, key);
    if (thing) card.show(state.made, thing, drawing.box(key));
  };

  // Colors, direction and theme

  function choices() {
    const names = { kind: "Kind", macs: "MACs", params: "Parameters", memory: "Live memory" };
    if (state.made.states) names.difference = "Difference";
    if (state.made.values) names.values = state.made.values.name || "Values";
    if (state.made.totals.macs === null) delete names.macs;
    if (state.made.totals.peak === null) delete names.memory;
    if (!(state.by in names)) state.by = "kind";
    find("color-by").replaceChildren(...Object.entries(names).map(([value, name]) =>
      make.html("option", { value }, name)));
    find("color-by").value = state.by;
  }

  function colorBy(by) {
    state.by = by;
    find("color-by").value = by;
    if (state.made) color();
  }

  function nextColor() {
    const all = [...find("color-by").options].map((option) => option.value);
    if (all.length) colorBy(all[(all.indexOf(state.by) + 1) % all.length]);
  }

  function theme(name) {
    state.theme = name;
    document.documentElement.dataset.theme = name;
    if (drawing.ready()) color();
  }

  function turn() {
    state.direction = state.direction === "TB" ? "LR" : "TB";
    directionShown();
    if (!state.made) return;
    arrange(null);
    lookAgain();
  }

  function directionShown() {
    find("direction").textContent = state.direction === "TB" ? "\u2193" : "\u2192";
  }

  function turnSide() {
    const hidden = document.body.classList.toggle("narrow");
    find("side-switch").setAttribute("aria-expanded", String(!hidden));
    link.soon();
  }

  function help() {
    find("help").showModal();
  }

  /** Offer pictures of the diagram, and a link to what is seen. */
  function save() {
    if (!state.made) return;
    link.write();
    find("address").value = location.href;
    find("save").showModal();
  }

  // The state as a link

  function linked() {
    const folds = [...state.folds].map(([key, is]) => [state.made.frames.get(key), is])
      .filter(([frame]) => frame);
    const paths = (wanted) => folds.filter(([, is]) => is === wanted).map(([{ path }]) => path);
    const thing = state.selected && model.thing(state.made, state.selected);
    const hidden = document.body.classList.contains("narrow");
    return { fold: state.level, open: paths(false), shut: paths(true), flow: state.direction,
      theme: state.theme, color: state.by, table: hidden ? "none" : table.level(),
      select: thing ? thing.path : "", at: view.center() };
  }

  /** Take the state from a link, as far as this network has what it names. */
  function follow(given) {
    const { frames } = state.made;
    state.level = given.fold || state.level;
    state.direction = given.flow || state.direction;
    state.by = given.color || state.by;
    if (given.theme) chosenTheme(given.theme);
    state.folds.clear();
    for (const [paths, is] of [[given.open, false], [given.shut, true]]) {
      for (const path of paths) {
        if (frames.has(`frame ${path}`)) state.folds.set(`frame ${path}`, is);
      }
    }
    const thing = given.select && model.named(state.made, given.select);
    state.selected = thing ? thing.key : null;
    if (given.table && (given.table === "none") !== document.body.classList.contains("narrow")) {
      turnSide();
    }
    if (given.table && given.table !== "none") table.show(state.made, given.table);
    levels();
    directionShown();
  }

  /** The reader went to another link of this page. */
  function followed() {
    const given = state.made && link.read();
    if (!given) return;
    follow(given);
    choices();
    arrange(null);
    if (given.at) view.centerAt(given.at);
    else lookAgain();
  }

  function say(text) {
    find("spoken").textContent = text;
  }

  function status(text) {
    find("status").textContent = text;
    find("status").hidden = !text;
  }

  // Showing a payload

  /** Show another payload; what the reader has set stays. See the package for the form. */
  function show(payload) {
    state.findings = payload.findings || [];
    if (payload.layers) {
      const first = !state.made;
      const given = first && link.read();
      const kept = drawing.ready() && (nearest(state.selected) || nearest(drawing.focused()));
      state.made = model.build(payload);
      if (first) begin(payload.start || {});
      if (given) follow(given);
      if (state.selected && !model.thing(state.made, state.selected)) state.selected = null;
      choices();
      titles.show(state.made);
      arrange(first ? null : kept);
      table.show(state.made);
      search.show(state.made);
      if (first) begun();
      if (given) {
        if (given.at) view.centerAt(given.at);
        else lookAgain();
      } else if (first && payload.start && payload.start.only) {
        only(payload.start.only);
      }
      if (first) link.start(linked);
    } else if (state.made) {
      mark();
    }
    findings.show(state.findings);
  }

  /** Open at one part. */
  function only(path) {
    go(path);
    const box = drawing.box(state.selected);
    if (box) view.show(box);
    drawing.draw();
  }

  /** The state in which the page opens. */
  function begin(start) {
    const { layers, frames } = state.made;
    state.level = start.fold
      || (layers.length > LARGE && frames.size ? "network" : "layers");
    state.direction = start.direction || "TB";
    state.by = start.color_by || "kind";
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    theme(start.theme || (dark.matches ? "dark" : "light"));
    state.followsSystem = !start.theme;
    dark.addEventListener("change", (event) => {
      if (state.followsSystem) theme(event.matches ? "dark" : "light");
    });
    levels();
    directionShown();
    const only = start.only && model.named(state.made, start.only);
    if (only && only.items && !only.isRun) state.folds.set(only.key, false);
  }

  // Paper

  let onScreen = null;  // what is to be put back

  /** Paper is white and higher than wide: the light theme, and data that flows down. */
  function toPaper() {
    if (onScreen || !drawing.ready()) return;
    onScreen = { theme: state.theme, direction: state.direction };
    drawing.mark({ path: null, selected: null, found: new Set() });
    state.direction = "TB";
    drawing.take(layout.make(state.made, folded, state.direction));
    theme("light");
    printing.fill(state.made, make.html("div", { class: "legend" }, ...titles.legend(scheme.legend)));
  }

  function fromPaper() {
    if (!onScreen) return;
    state.direction = onScreen.direction;
    drawing.take(layout.make(state.made, folded, state.direction));
    theme(onScreen.theme);
    onScreen = null;
    printing.clear();
    mark();
    drawing.draw();
  }

  // Starting

  function listen() {
    const canvas = find("canvas");
    const keyAt = (event) => event.target.closest?.("[data-key]")?.dataset.key;
    canvas.addEventListener("click", (event) => {
      if (view.wasDragged()) return;
      const key = keyAt(event);
      if (!key) {
        if (state.selected) select(state.selected);
        return;
      }
      drawing.mark({ focused: key });
      if (state.made.frames.has(key)) fold(key);
      else select(key);
    });
    canvas.addEventListener("pointerover", (event) => {
      const key = keyAt(event);
      const thing = key && event.pointerType !== "touch" && model.thing(state.made, key);
      if (thing) card.soon(state.made, thing, drawing.box(key));
      else card.hide();
    });
    canvas.addEventListener("pointerleave", card.hide);
    canvas.addEventListener("pointerdown", card.hide);
    canvas.addEventListener("focusin", (event) => {
      const key = keyAt(event);
      if (key && key !== drawing.focused()) drawing.mark({ focused: key });
    });
    for (const button of document.querySelectorAll("#zoom [data-zoom]")) {
      const acts = { in: () => view.zoom(view.STEP), out: () => view.zoom(1 / view.STEP),
        fit: view.fit };
      button.addEventListener("click", acts[button.dataset.zoom]);
    }
    for (const button of document.querySelectorAll("#detail button")) {
      button.addEventListener("click", () => level(button.dataset.fold));
    }
    find("color-by").addEventListener("change", (event) => colorBy(event.target.value));
    find("theme").addEventListener("click", turnTheme);
    find("direction").addEventListener("click", turn);
    find("side-switch").addEventListener("click", turnSide);
    find("help-switch").addEventListener("click", help);
    find("save-switch").addEventListener("click", save);
    for (const button of document.querySelectorAll("[data-save]")) {
      button.addEventListener("click", () =>
        saving.save(state.made, scheme.legend, button.dataset.save));
    }
    find("address").addEventListener("focus", () => find("address").select());
    window.addEventListener("hashchange", followed);
    window.addEventListener("beforeprint", toPaper);
    window.addEventListener("afterprint", fromPaper);
  }

  /** A theme that was chosen stays, whatever the system changes to. */
  function chosenTheme(name) {
    state.followsSystem = false;
    theme(name);
  }

  const turnTheme = () => chosenTheme(state.theme === "dark" ? "light" : "dark");

  function start() {
    if (window.matchMedia("(max-width: 760px)").matches) turnSide();
    drawing.start(find("scene"));
    names.start(find("canvas"));
    view.start(find("stage"), () => {
      if (drawing.ready()) drawing.draw();
      link.soon();
    });
    table.start(go, link.soon);
    search.start((found) => drawing.mark({ found }), go);
    findings.start(go);
    keys.start({ level, foldAround, nextColor, turn, turnTheme, turnSide, help, save, clear, enter,
      select, shown, direction: () => state.direction });
    listen();
    show(JSON.parse(find("payload").textContent));
  }

  return { start, show, status, state };
})();

page.start();
window.specPage = { show: page.show, status: page.status };
