// The parts together: what is chosen in one is shown in all.

const page = (() => {
  let selected = null;

  function choose(row) {
    selected = row;
    chart.select(row);
    table.select(row);
    details.show(row);
  }

  function refresh() {
    const rows = filters.rows();
    chart.show(filters.axes(), rows);
    table.show(rows);
    if (selected !== null && !rows.includes(selected)) choose(null);
  }

  function theme(name) {
    document.documentElement.dataset.theme = name;
    chart.draw();
  }

  function start() {
    const { title, lines, convention } = data.read();
    find("title").textContent = title;
    find("lines").textContent = lines.join("\n");
    find("convention").textContent = convention;
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    document.documentElement.dataset.theme = dark.matches ? "dark" : "light";
    filters.start(refresh);
    chart.start(choose);
    table.start(choose);
    refresh();
    choose(null);
    dark.addEventListener("change", (event) => theme(event.matches ? "dark" : "light"));
    find("theme").addEventListener("click", () =>
      theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") choose(null);
    });
  }

  return { start };
})();

page.start();
