// The time line: lanes of waveforms, spans and marks on one axis of time.
class Chart {
  constructor(host, data, narrow) {
    this.host = host;
    this.end = data.end;
    this.plan = layOut(data.calls, narrow, this.pixels / this.end);
    this.range = new Bokeh.Range1d({ start: 0, end: this.end });
    this.figure = Bokeh.Plotting.figure({
      height: this.plan.height + AXIS,
      sizing_mode: "stretch_width",
      tools: "",
      toolbar_location: null,
      x_range: this.range,
      y_range: new Bokeh.Range1d({ start: this.plan.height, end: 0 }),
      x_axis_location: "above",
      y_axis_location: null,
      outline_line_color: null,
      background_fill_color: null,
      border_fill_color: null,
      min_border: 0,
      min_border_top: AXIS,
    });
    this.figure.ygrid.visible = false;
    const [axis] = this.figure.xaxis;
    axis.setv({ major_label_text_font: FACE, major_label_text_font_size: "11px" });
    axis.setv({ minor_tick_line_color: null, major_tick_in: 0, major_tick_out: 4 });
    this.drawBackground();
    this.drawPoles();
    this.drawWaves();
    this.drawSpans();
    this.drawMarks();
    this.drawFlags();
    this.paint();
  }

  // The drawing itself is inert: the page listens to the pointer and the keyboard for it.
  async show() {
    const canvas = Object.assign(document.createElement("div"), { inert: true });
    this.host.replaceChildren(canvas);
    await Bokeh.Plotting.show(this.figure, canvas);
  }

  // Pixels from the first instant in sight to the last; beside them there is room for half a mark.
  get pixels() {
    return Math.max(1, this.host.clientWidth - 2 * SIDE);
  }

  // Look at what lies between two instants, as closely as the screen can show it.
  look(start, end) {
    const scale = this.pixels / (end - start);
    const side = SIDE / scale;
    this.range.setv({ start: start - side, end: end + side });
    for (const { wave, place, renderer } of this.waves) {
      renderer.data_source.data = wave.between(start - side, end + side, this.pixels, place.middle, place.half);
    }
    this.labels.data_source.data = this.fittedLabels(start, end, scale);
    for (const { flags, text } of this.flags) addColumns(text, this.raised(flags, end, scale));
  }

  drawBackground() {
    const [present, muted, together] = [[], [], []];
    for (const place of this.plan.lanes) {
      const box = ([l, r]) => ({ l, r, t: place.waves[0]?.top ?? place.top, b: place.bottom });
      present.push(...(place.lane.presence ?? [[0, this.end]]).map(box));
      muted.push(...(place.lane.muted ?? []).map(box));
    }
    for (const { call, first, bottom } of this.plan.calls) {
      together.push(...call.together.map(([l, r]) => ({ l, r, t: first, b: bottom })));
    }
    this.present = this.boxes(present);
    this.together = this.boxes(together, { fill_alpha: 0.14 });
    this.muted = this.boxes(muted, { fill_alpha: 0.1, hatch_pattern: "/", hatch_scale: 12, hatch_alpha: 0.3 });
  }

  drawWaves() {
    this.waves = this.plan.lanes.flatMap(({ lane, waves }) =>
      waves.map((place) => {
        const across = { x0: [0], x1: [this.end], y0: [place.middle], y1: [place.middle] };
        const middle = this.draw("segment", across, ["x0", "x1", "y0", "y1"], { line_alpha: 0.4 });
        const renderer = this.draw("varea", { x: [], y1: [], y2: [] }, ["x", "y1", "y2"]);
        return { lane, wave: new Wave(place.wave), place, middle, renderer };
      }),
    );
  }

  drawSpans() {
    this.spans = this.plan.lanes.flatMap(({ lane, rows }) =>
      rows.flatMap(({ row, top, bottom }) => row.spans.map((span) => placed(span, lane, row, top, bottom))),
    );
    const box = (span) => ({ l: span.start, r: span.end, t: span.top, b: span.bottom });
    this.frames = this.boxes(this.spans.map(box), {
      border_radius: 3,
      fill_color: { field: "colour" },
      fill_alpha: { field: "fill_alpha" },
      line_color: { field: "colour" },
      line_alpha: { field: "line_alpha" },
      hatch_pattern: { field: "hatch" },
      hatch_color: { field: "colour" },
      hatch_scale: 6,
      hatch_alpha: 0.25,
    });
    this.works = this.spans.filter(({ first, look }) => first !== null && look.work);
    this.worked = this.boxes(
      this.works.map((span) => ({ ...box(span), l: span.first })),
      { border_radius: 3, fill_color: { field: "colour" }, fill_alpha: 0.22 },
    );
    this.edges = this.poles(
      this.spans.filter(({ cut }) => cut).map(({ end, top, bottom }) => ({ at: end, from: top, to: bottom })),
      { line_width: 3 },
    );
    this.labels = this.draw("text", { x: [], y: [], text: [] }, ["x", "y", "text"], {
      text_font: FACE,
      text_font_size: "11px",
      text_baseline: "middle",
    });
    addColumns(this.frames, {
      fill_alpha: this.spans.map(({ look }) => look.fill),
      line_alpha: this.spans.map(({ look }) => look.line ?? 0.7),
      hatch: this.spans.map(({ look }) => (look.hatch ? "/" : " ")),
    });
  }

  // Moments that the script names, failures, and decisions to fall silent: a line through all lanes of a call.
  drawPoles() {
    this.marks = this.plan.lanes.flatMap((place) =>
      place.lane.marks.map(([at, kind, text, details]) => {
        const [symbol, tone] = MARKS[kind] ?? ["circle", "muted"];
        return { at, kind, text, details, symbol, tone, lane: place.lane, place, y: place.signs };
      }),
    );
    const flags = this.plan.calls.flatMap((place) =>
      place.call.flags.map((flag) => {
        const [at, kind, text, details] = flag;
        return { flag, at, kind, text, details, from: place.flags + 9, to: place.bottom, lane: { name: "script" } };
      }),
    );
    const yields = this.marks
      .filter(({ kind }) => kind === "yielded")
      .map(({ at, place }) => ({ at, from: place.call.first, to: place.call.bottom }));
    const of = (kind) => flags.filter((flag) => flag.kind === kind);
    this.flags = [
      { tone: "ink", flags: of("moment"), pole: this.poles(of("moment"), { line_dash: "dotted" }) },
      { tone: "accent", flags: of("parting"), pole: this.poles(of("parting"), { line_width: 2 }) },
      { tone: "bad", flags: of("failure"), pole: this.poles(of("failure"), { line_width: 2 }) },
      { tone: "warn", flags: [], pole: this.poles(yields, { line_dash: "dashed" }) },
    ];
  }

  drawMarks() {
    const columns = {
      x: this.marks.map(({ at }) => at),
      y: this.marks.map(({ y }) => y),
      marker: this.marks.map(({ symbol }) => symbol),
    };
    this.symbols = this.draw("scatter", columns, ["x", "y", "marker"], {
      size: 9,
      line_color: { field: "colour" },
      fill_color: { field: "colour" },
      fill_alpha: 0.35,
      line_width: 1.5,
    });
  }

  drawFlags() {
    for (const cloth of this.flags) {
      const columns = {
        x: cloth.flags.map(({ at }) => at),
        y: cloth.flags.map(({ from }) => from),
        text: cloth.flags.map(({ text }) => text),
        align: cloth.flags.map(() => "left"),
      };
      cloth.text = this.draw("text", columns, ["x", "y", "text"], {
        text_align: { field: "align" },
        text_baseline: "middle",
        text_font: FACE,
        text_font_size: "11px",
        text_font_style: "bold",
        padding: 3,
        border_radius: 3,
      });
    }
  }

  // How high each flag flies, and to which side: the right, as long as there is room for it.
  raised(flags, end, scale) {
    const heights = new Map();
    for (const { call, flags: top, strips } of this.plan.calls) {
      stripsFor(call.flags, scale, strips).forEach((strip, index) =>
        heights.set(call.flags[index], top + 9 + strip * FLAGS),
      );
    }
    for (const flag of flags) {
      flag.y = heights.get(flag.flag);
      flag.width = widthOf(flag.text) * 1.1 + 6;
      flag.left = (end - flag.at) * scale + SIDE < flag.width;
    }
    return { y: flags.map(({ y }) => y), align: flags.map(({ left }) => (left ? "right" : "left")) };
  }

  boxes(list, look = {}) {
    const columns = Object.fromEntries(["l", "r", "t", "b"].map((side) => [side, list.map((box) => box[side])]));
    const sides = { left: { field: "l" }, right: { field: "r" }, top: { field: "t" }, bottom: { field: "b" } };
    const source = new Bokeh.ColumnDataSource({ data: columns });
    return this.figure.quad({ ...sides, source, line_color: null, ...look });
  }

  poles(list, look) {
    const columns = {
      x0: list.map(({ at }) => at),
      x1: list.map(({ at }) => at),
      y0: list.map(({ from }) => from),
      y1: list.map(({ to }) => to),
    };
    return this.draw("segment", columns, ["x0", "x1", "y0", "y1"], look);
  }

  draw(glyph, columns, fields, look = {}) {
    const source = new Bokeh.ColumnDataSource({ data: columns });
    return this.figure[glyph]({
      ...Object.fromEntries(fields.map((name) => [name, { field: name }])),
      source,
      ...look,
    });
  }

  // What can be read of the text on the spans; text stays in sight while its span is.
  fittedLabels(start, end, scale) {
    const columns = { x: [], y: [], text: [] };
    for (const span of this.spans) {
      if (!span.text || span.look.thin || span.end <= start || span.start >= end) continue;
      const from = Math.max(span.start, start);
      const text = fitted(span.text, (Math.min(span.end, end) - from) * scale - 9);
      if (!text) continue;
      columns.x.push(from + 5 / scale);
      columns.y.push((span.top + span.bottom) / 2 + 0.5);
      columns.text.push(text);
    }
    return columns;
  }

  // Give everything the colours of the day, or those of the night.
  paint() {
    const [ink, muted, line, warn] = ["ink", "muted", "line", "warn"].map((name) => colour(name));
    this.present.glyph.setv({ fill_color: colour("lane-fill") });
    this.together.glyph.setv({ fill_color: warn });
    this.muted.glyph.setv({ fill_color: muted, hatch_color: muted });
    addColumns(this.frames, { colour: this.spans.map(({ look, lane }) => colour(look.tone, lane)) });
    addColumns(this.worked, { colour: this.works.map(({ look, lane }) => colour(look.tone, lane)) });
    addColumns(this.symbols, { colour: this.marks.map(({ tone, place }) => colour(tone, place.lane)) });
    this.labels.glyph.setv({ text_color: ink });
    this.edges.glyph.setv({ line_color: warn });
    for (const { lane, place, middle, renderer } of this.waves) {
      middle.glyph.setv({ line_color: colour("lane", lane) });
      renderer.glyph.setv({ fill_color: colour("lane", lane), fill_alpha: place.wave.name ? 0.55 : 0.9 });
    }
    for (const { tone, pole, text } of this.flags) {
      pole.glyph.setv({ line_color: colour(tone) });
      text.glyph.setv({ text_color: colour("panel"), background_fill_color: colour(tone) });
    }
    const [axis] = this.figure.xaxis;
    axis.setv({ major_label_text_color: muted, axis_line_color: line, major_tick_line_color: line });
    const [grid] = this.figure.xgrid;
    grid.setv({ grid_line_color: line, grid_line_alpha: 0.6 });
  }
}

function placed([start, end, kind, text, details, first, cut], lane, row, top, bottom) {
  const look = LOOKS[kind] ?? { tone: "muted", fill: 0.1 };
  const inset = look.thin ? 6 : 0;
  return { start, end, kind, text, details, first, cut, lane, row, look, top: top + inset, bottom: bottom - inset };
}

function addColumns(renderer, columns) {
  renderer.data_source.data = { ...renderer.data_source.data, ...columns };
}
