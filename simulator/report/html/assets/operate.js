// What the keys and the buttons of the page do.
function operateWithKeys({ timeline, player, view, data }) {
  const step = () => view.length / 50;
  const anywhere = {
    " ": () => player.toggle(),
    ArrowLeft: (event) => player.seek(event.shiftKey ? eventBeside(player.now, -1, data) : player.now - step()),
    ArrowRight: (event) => player.seek(event.shiftKey ? eventBeside(player.now, 1, data) : player.now + step()),
    "+": () => view.zoom(1.5, player.now),
    "=": () => view.zoom(1.5, player.now),
    "-": () => view.zoom(1 / 1.5, player.now),
    0: () => view.fit(),
  };
  const onTheTimeline = {
    ArrowUp: anywhere["+"],
    ArrowDown: anywhere["-"],
    Home: () => player.seek(0),
    End: () => player.seek(data.end),
    PageUp: () => player.seek(player.now - view.length),
    PageDown: () => player.seek(player.now + view.length),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const here = event.target === timeline;
    if (!here && event.target.closest("button, a, select, input, [tabindex]:not([tabindex='-1'])")) return;
    const act = anywhere[event.key] ?? (here ? onTheTimeline[event.key] : undefined);
    if (!act) return;
    event.preventDefault();
    act(event);
  });
}

// When the next thing happens, or the one before, or here if there is none.
function eventBeside(now, direction, data) {
  const instants = data.calls.flatMap(({ lanes, flags }) => [
    ...flags.map(([at]) => at),
    ...lanes.flatMap(({ marks, rows }) => [...marks, ...rows.flatMap(({ spans }) => spans)].map(([at]) => at)),
  ]);
  const ahead = instants.filter((at) => (at - now) * direction > 0.0015);
  return ahead.reduce((one, other) => ((other - one) * direction < 0 ? other : one), ahead[0] ?? now);
}

function operateWithButtons({ timeline, player, view, data }) {
  const on = (id, type, act) => document.getElementById(id)?.addEventListener(type, act);
  on("plot", "tapped", (event) => player.seek(event.detail));
  on("play", "click", () => player.toggle());
  on("zoom-in", "click", () => view.zoom(2, player.now));
  on("zoom-out", "click", () => view.zoom(0.5, player.now));
  on("fit", "click", () => view.fit());
  on("speed", "change", (event) => (player.speed = Number(event.target.value)));
  on("listen", "change", (event) => player.choose(Number(event.target.value)));
  const lookThere = (event) => {
    if (event.type === "pointermove" && !event.buttons) return;
    const { left, width } = document.getElementById("whole").getBoundingClientRect();
    view.set(((event.clientX - left) / width) * data.end - view.length / 2, view.length);
  };
  on("overview", "pointerdown", lookThere);
  on("overview", "pointermove", lookThere);
  for (const button of document.querySelectorAll("button[data-seek]")) {
    button.addEventListener("click", () => {
      const at = Number(button.dataset.seek);
      view.set(at - 2, 4);
      player.seek(at);
      timeline.focus({ preventScroll: true });
      timeline.scrollIntoView({ block: "nearest" });
    });
  }
}
