// The card that is shown at what the pointer rests on, or what has the focus.

const card = (() => {
  const REST = 140;  // milliseconds that the pointer rests before a card comes up

  let timer = 0;
  let key = null;

  /** Show the card of a layer or a frame next to its box. */
  function show(made, thing, box) {
    cancel();
    const element = find("card");
    key = thing.key;
    element.replaceChildren(...details.describe(made, thing));
    element.hidden = false;
    place(element, view.onStage(box));
  }

  /** To the right of the box where there is room, else to its left, always in sight. */
  function place(element, at) {
    const stage = view.size();
    const [width, height] = [element.offsetWidth, element.offsetHeight];
    const [room, apart] = [8, 14];
    const right = Math.min(at.x + at.width, stage.width) + apart;
    const left = at.x - apart - width;
    let x = right;
    if (right + width + room > stage.width) {
      x = left >= room ? left : stage.width - width - room;
    }
    const y = Math.min(Math.max(room, at.y), stage.height - height - room);
    element.style.transform = `translate(${Math.round(x)}px, ${Math.round(Math.max(room, y))}px)`;
  }

  /** The same after a moment, unless something else happens. */
  function soon(made, thing, box) {
    if (thing.key === key && !find("card").hidden) return;
    cancel();
    timer = setTimeout(show, REST, made, thing, box);
  }

  function cancel() {
    clearTimeout(timer);
    timer = 0;
  }

  function hide() {
    cancel();
    key = null;
    find("card").hidden = true;
  }

  return { show, soon, hide };
})();
