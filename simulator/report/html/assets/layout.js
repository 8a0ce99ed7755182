// Where everything on the time line is, in pixels from its top.
const AXIS = 26;
const FLAGS = 20;
const NAME = 20;
const WAVE = 56;
const ARRIVED = 34; // a waveform of what came of a voice elsewhere
const ROW = 18;
const GAP = 3;
const BETWEEN = 14; // lanes
const SIDE = 12;

// Calls are drawn one below the other: for each as many strips as its flags need, then its lanes. `narrow` puts the
// name of a lane above it, where there is no room beside it. `scale` is in pixels a second, with all in sight.
function layOut(calls, narrow, scale) {
  let y = 4;
  const plan = { calls: [], lanes: [] };
  for (const call of calls) {
    if (plan.calls.length) y += BETWEEN;
    const place = { call, title: calls.length > 1 ? y : null, top: y };
    if (calls.length > 1) y += NAME + 2;
    place.flags = y;
    place.strips = Math.max(1, ...stripsFor(call.flags, scale, Infinity).map((strip) => strip + 1));
    y += FLAGS * place.strips;
    place.first = y;
    for (const lane of call.lanes) {
      plan.lanes.push(layOutLane(lane, place, y, narrow));
      y = plan.lanes.at(-1).bottom + BETWEEN;
    }
    place.bottom = y - BETWEEN;
    plan.calls.push(place);
  }
  plan.height = y - BETWEEN + 2;
  return plan;
}

// The strip of each flag, so that none hides another; more than `strips` there are not.
function stripsFor(flags, scale, strips) {
  const free = [];
  return flags.map(([at, , text]) => {
    const [left, width] = [at * scale, widthOf(text) * 1.1 + 12];
    let strip = free.findIndex((until) => until <= left);
    if (strip < 0) strip = free.length < strips ? free.length : 0;
    free[strip] = left + width;
    return strip;
  });
}

function layOutLane(lane, call, top, narrow) {
  let y = top + (narrow ? NAME : 0);
  const place = { lane, call, top, waves: [], rows: [] };
  for (const wave of lane.waves ?? []) {
    const height = place.waves.length ? ARRIVED : WAVE;
    place.waves.push({ wave, top: y, middle: y + height / 2, half: height / 2 - 2 });
    y += height + GAP;
  }
  if (!place.waves.length) y += GAP;
  place.signs = (place.waves[0]?.top ?? top) + 7;
  for (const row of lane.rows) {
    place.rows.push({ row, top: y, bottom: y + ROW });
    y += ROW + GAP;
  }
  place.bottom = y;
  return place;
}
