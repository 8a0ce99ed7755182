const PAPER = 660; // pixels that fit between the margins of A4 and of a letter, inside of a card

// The page of a call: puts the time line, the player and the story together.
async function main() {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const slim = matchMedia("(max-width: 719px)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  await loadLibrary();
  Bokeh.logger.set_level("error");

  let chart = new Chart($("plot"), data, slim.matches);
  const stories = [...document.querySelectorAll(".story")].map((list) => new Story(list, (at) => player.seek(at)));
  const player = new Player(data.calls, data.end, moved);
  const view = new View($("plot"), chart, placed);
  new Pointing($("plot"), $("tip"), view);
  await show();

  async function show() {
    await chart.show();
    nameLanes($("names"), chart.plan);
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
    $("play").disabled = !player.sound;
    $("play").classList.toggle("playing", player.playing);
    $("play-label").textContent = player.playing ? "Pause" : "Play";
    const told = stories.map((story) => story.follow(player.now))[Math.max(0, player.chosen)];
    $("timeline").setAttribute("aria-valuenow", player.now.toFixed(2));
    $("timeline").setAttribute("aria-valuetext", told || `${player.now.toFixed(2)} seconds`);
    if (reveal) view.reveal(player.now);
    placed();
  }

  const page = { timeline: $("timeline"), player, view, data };
  operateWithKeys(page);
  operateWithButtons(page);
  new ResizeObserver(() => view.refresh()).observe($("plot"));
  dark.addEventListener("change", () => chart.paint());
  slim.addEventListener("change", () => {
    chart = new Chart($("plot"), data, slim.matches);
    show();
  });
  addEventListener("beforeprint", () => fitOnPaper($("timeline")));
  addEventListener("afterprint", () => $("timeline").removeAttribute("style"));
  moved(false);
}

// What is drawn cannot be drawn anew for paper, and would be cut off at its edge: it gets smaller as a whole.
function fitOnPaper(timeline) {
  const width = timeline.offsetWidth;
  Object.assign(timeline.style, { width: `${width}px`, zoom: Math.min(1, PAPER / width) });
}

// The names of rows stand beside the plot, and those of lanes too, or above each lane where there is no room.
function nameLanes(host, plan) {
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
    for (const { wave, middle } of waves) if (wave.name) add(wave.name, middle - ROW / 2, "row-name");
    for (const { row, top: rowTop } of rows) add(row.name, rowTop, "row-name");
  }
}

main().catch((error) => {
  document.getElementById("plot").textContent = `The time line cannot be drawn here: ${error.message}`;
  throw error;
});
