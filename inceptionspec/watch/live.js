// Keeps a page up to date: shows each version that the server sends, and says if it is lost.

function live(version) {
  const root = document.documentElement;
  const events = new EventSource(`events?seen=${encodeURIComponent(version)}`);
  root.dataset.version = version;
  events.addEventListener("open", () => specPage.status(""));
  events.addEventListener("error", () => specPage.status("connection lost"));
  events.addEventListener("message", (event) => {
    specPage.show(JSON.parse(event.data));
    root.dataset.version = event.lastEventId;
  });
  addEventListener("pagehide", () => events.close());
}
