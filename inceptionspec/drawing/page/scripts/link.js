// The state of the page as text after the `#` of its address, and back.

const link = (() => {
  const WAIT = 250;  // milliseconds without a change after which the address says it
  const WORDS = {
    fold: ["network", "branches", "layers"],
    flow: ["TB", "LR"],
    theme: ["light", "dark"],
    color: ["kind", "macs", "params", "memory", "values", "difference"],
    table: ["blocks", "layers", "none"],
  };

  let state = () => null;
  let opening = null;
  let timer = 0;

  /** Follow a state from now on: the address says it once it is no longer this one. */
  function start(listener) {
    state = listener;
    opening = text(state());
  }

  /** Say the state in the address, once nothing has changed for a moment. */
  function soon() {
    if (opening === null) return;
    clearTimeout(timer);
    timer = setTimeout(write, WAIT);
  }

  function write() {
    clearTimeout(timer);
    const now = text(state());
    if (now === opening && !location.hash) return;
    history.replaceState(null, "", `#${now}`);
  }

  /** Words by their names, `open` and `shut` lists of paths, `at` three numbers. */
  function text({ open, shut, at, select, ...chosen }) {
    const found = new URLSearchParams(chosen);
    for (const path of open) found.append("open", path);
    for (const path of shut) found.append("shut", path);
    if (select) found.set("select", select);
    found.set("at", at.map((number) => Number(number.toPrecision(6))).join(","));
    return found.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
  }

  /** What the address says, as far as it means something; null if it says nothing. */
  function read() {
    const given = new URLSearchParams(location.hash.slice(1));
    const found = { open: given.getAll("open"), shut: given.getAll("shut"),
      select: given.get("select") };
    for (const [name, words_] of Object.entries(WORDS)) {
      if (words_.includes(given.get(name))) found[name] = given.get(name);
    }
    const at = (given.get("at") || "").split(",").map(Number);
    if (at.length === 3 && at.every(Number.isFinite) && at[2] > 0) found.at = at;
    const says = found.open.length || found.shut.length || Object.values(found).some((value) =>
      value && !Array.isArray(value)) || found.at;
    return says ? found : null;
  }

  return { start, soon, write, read };
})();
