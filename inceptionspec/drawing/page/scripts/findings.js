// Findings over the diagram: what is wrong with the text that was last read.

const findings = (() => {
  let choose = () => {};

  function start(listener) {
    choose = listener;
    find("findings-close").addEventListener("click", close);
    find("findings-list").addEventListener("click", (event) => {
      const button = event.target.closest("button[data-path]");
      if (button) choose(button.dataset.path);
    });
  }

  function show(all) {
    const panel = find("findings");
    panel.hidden = !all.length;
    const errors = all.filter((one) => one.level === "error").length;
    const counts = [
      errors && words.plural(errors, "error"),
      all.length > errors && words.plural(all.length - errors, "warning"),
    ].filter(Boolean);
    find("findings-title").textContent = counts.join(", ");
    find("findings-list").replaceChildren(...all.map(one));
  }

  function one(finding) {
    const parts = [
      make.html("p", { class: `message ${finding.level === "error" ? "error" : "warning"}` },
        make.html("strong", {}, `${finding.level}[${finding.code}]`), `: ${finding.message}`),
      make.html("p", { class: "place" }, placed(finding.place, finding.label)),
    ];
    for (const label of finding.labels || []) {
      parts.push(make.html("p", { class: "place" }, placed(label.place, label.text)));
    }
    for (const text of finding.helps || []) parts.push(make.html("p", {}, `help: ${text}`));
    for (const text of finding.notes || []) parts.push(make.html("p", {}, `note: ${text}`));
    if (finding.path) {
      parts.push(make.html("button", { type: "button", "data-path": finding.path },
        `Show ${finding.path}`));
    }
    return make.html("li", {}, ...parts);
  }

  function close() {
    find("findings").hidden = true;
  }

  const placed = (place, text) => (text ? `${place}: ${text}` : place);

  return { start, show, close };
})();
