// Text on the time line: how much of it fits.
const FACE = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
const measure = document.createElement("canvas").getContext("2d");
const widths = new Map();

function widthOf(text) {
  if (!widths.has(text)) {
    measure.font = `11px ${FACE}`;
    widths.set(text, measure.measureText(text).width);
  }
  return widths.get(text);
}

function fitted(text, room) {
  if (widthOf(text) <= room) return text;
  let length = Math.min(text.length, Math.floor((text.length * room) / widthOf(text)));
  while (length > 2 && widthOf(text.slice(0, length).trimEnd() + "…") > room) length--;
  return length > 2 ? text.slice(0, length).trimEnd() + "…" : "";
}

function lasting(start, end) {
  const ms = (end - start) * 1000;
  const took = ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`;
  return end > start ? `${start.toFixed(3)} – ${end.toFixed(3)} s · ${took}` : `${start.toFixed(3)} s`;
}
