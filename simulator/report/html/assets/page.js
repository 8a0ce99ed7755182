// The page of a call: puts the time line, the player and the story together.
async function main() {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const slim = matchMedia("(max-width: 719px)"), dark = matchMedia("(prefers-color-scheme: dark)");
  await loadLibrary();

  let chart = new Chart($("plot"), data, slim.matches);
  const stories = [...document.querySelectorAll(".story")].map((list) => new Story(list, (at) => seek(at)));
  const player = new Player(data.calls, data.end, moved);
  const view = new View($("plot"), chart, placed);
  new Pointing($("plot"), $("tip"), view);
  await show();

  async function show() {
    await chart.show();
    nameLanes($("names"), chart.plan, slim.matches);
    view.use(chart);
    document.body.dataset.ready = "";
  }

  function placed() {
    const x = view.x(player.now);
    $("cursor").style.transform = `translateX(${x}px)`;
    $("cursor").hidden = x < 0 || x > chart.host.clientWidth;
    const [left, width] = [view.start / data.end, view.length / data.end].map((part) => `${(100 * part).toFixed(3)}%`);
    Object.assign($("window").style, { left, width });
    $("zoom-out").disabled = $("fit").disabled = view.length >= data.end - 1e-6;
    $("zoom-in").disabled = view.length <= CLOSEST_S + 1e-6;
  }

  function moved(reveal) {
    $("now").textContent = player.now.toFixed(2);
    $("play").setAttribute("aria-pressed", player.playing);
    $("play").classList.toggle("playing", player.playing);
    $("play-label").textContent = player.playing ? "Pause" : "Play";
    const told = stories.map((story) => story.follow(player.now))[Math.max(0, player.chosen)];
    $("timeline").setAttribute("aria-valuenow", player.now.toFixed(2));
    $("timeline").setAttribute("aria-valuetext", told || `${player.now.toFixed(2)} seconds`);
    if (reveal) view.reveal(player.now);
    placed();
  }

  function seek(at) {
    player.seek(at);
  }

  // From one thing that happened to the next.
  function jump(direction) {
    const instants = data.calls.flatMap(({ lanes, flags }) => [
      ...flags.map(([at]) => at),
      ...lanes.flatMap(({ marks, rows }) => [...marks.map(([at]) => at), ...rows.flatMap(({ spans }) => spans.map(([at]) => at))]),
    ]);
    const ahead = instants.filter((at) => (at - player.now) * direction > 0.0015);
    if (ahead.length) seek(direction > 0 ? Math.min(...ahead) : Math.max(...ahead));
  }

  const step = () => view.length / 50;
  const keys = {
    " ": () => player.toggle(),
    k: () => player.toggle(),
    ArrowLeft: (event) => (event.shiftKey ? jump(-1) : seek(player.now - step())),
    ArrowRight: (event) => (event.shiftKey ? jump(1) : seek(player.now + step())),
    "+": () => view.zoom(1.5, player.now),
    "=": () => view.zoom(1.5, player.now),
    "-": () => view.zoom(1 / 1.5, player.now),
    0: () => view.fit(),
  };
  const keysOfTheTimeline = {
    ArrowUp: keys["+"],
    ArrowDown: keys["-"],
    Home: () => seek(0),
    End: () => seek(data.end),
    PageUp: () => seek(player.now - view.length),
    PageDown: () => seek(player.now + view.length),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const here = event.target === $("timeline");
    if (!here && event.target.closest("button, a, select, input, summary, [tabindex]:not([tabindex='-1'])")) return;
    const act = keys[event.key] ?? (here ? keysOfTheTimeline[event.key] : undefined);
    if (!act) return;
    event.preventDefault();
    act(event);
  });

  $("plot").addEventListener("tapped", (event) => seek(event.detail));
  $("play").addEventListener("click", () => player.toggle());
  $("play").disabled = !player.sound;
  $("zoom-in").addEventListener("click", () => view.zoom(2, player.now));
  $("zoom-out").addEventListener("click", () => view.zoom(0.5, player.now));
  $("fit").addEventListener("click", () => view.fit());
  $("speed").addEventListener("change", (event) => (player.speed = Number(event.target.value)));
  $("listen")?.addEventListener("change", (event) => player.choose(Number(event.target.value)));
  $("overview").addEventListener("click", (event) => {
    const box = $("overview").getBoundingClientRect();
    view.set(((event.clientX - box.left) / box.width) * data.end - view.length / 2, view.length);
  });
  for (const button of document.querySelectorAll("button[data-seek]")) {
    button.addEventListener("click", () => {
      const at = Number(button.dataset.seek);
      view.set(at - 2, Math.min(data.end, 4));
      seek(at);
      $("timeline").focus({ preventScroll: true });
      $("timeline").scrollIntoView({ block: "nearest" });
    });
  }
  new ResizeObserver(() => view.refresh()).observe($("plot"));
  dark.addEventListener("change", () => chart.paint());
  slim.addEventListener("change", () => {
    chart = new Chart($("plot"), data, slim.matches);
    show();
  });
  moved(false);
}

// The names of lanes and rows stand beside the plot, or above each lane where there is no room.
function nameLanes(host, plan, narrow) {
  host.replaceChildren();
  const add = (text, top, className, tone) => {
    const label = Object.assign(document.createElement("div"), { textContent: text, className });
    label.style.top = `${top + AXIS}px`;
    if (tone !== undefined) label.style.setProperty("--tone", `var(--tone-${tone})`);
    host.append(label);
  };
  for (const { title, call } of plan.calls) if (title !== null) add(call.title, title, "call-name");
  for (const { lane, top, waves, rows } of plan.lanes) {
    add(lane.name, top, "lane-name", lane.tone);
    if (narrow) continue;
    for (const { wave, middle } of waves) if (wave.name) add(wave.name, middle - ROW / 2, "row-name");
    for (const { row, top: rowTop } of rows) add(row.name, rowTop, "row-name");
  }
}

main().catch((error) => {
  document.getElementById("plot").textContent = `The time line cannot be drawn here: ${error.message}`;
  throw error;
});
