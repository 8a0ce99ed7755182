// Which part of the call is looked at, and the hands that move it: wheel, drag, two fingers.
const CLOSEST_S = 0.2;

class View {
  constructor(host, chart, changed) {
    this.host = host;
    this.changed = changed;
    this.start = 0;
    this.end = chart.end;
    this.chart = chart;
    this.fingers = new Map();
    host.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    host.addEventListener("pointerdown", (event) => this.down(event));
    host.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) host.addEventListener(name, (event) => this.up(event));
  }

  use(chart) {
    this.chart = chart;
    this.refresh();
  }

  refresh() {
    this.chart.look(this.start, this.end);
    this.changed();
  }

  get length() {
    return this.end - this.start;
  }

  set(start, length) {
    const whole = this.chart.end;
    length = Math.min(whole, Math.max(Math.min(CLOSEST_S, whole), length));
    this.start = Math.min(Math.max(0, start), whole - length);
    this.end = this.start + length;
    this.due ??= requestAnimationFrame(() => {
      this.due = undefined;
      this.refresh();
    });
  }

  zoom(factor, around) {
    const length = this.length / factor;
    this.set(around - ((around - this.start) / this.length) * length, length);
  }

  fit() {
    this.set(0, this.chart.end);
  }

  // Turn the page when an instant lies outside of it.
  reveal(at) {
    if (at < this.start || at > this.end) this.set(at - this.length * 0.1, this.length);
  }

  // Pixels from the left edge of the host, and back.
  x(at) {
    return SIDE + ((at - this.start) / this.length) * this.chart.pixels;
  }

  at(event) {
    const x = event.clientX - this.host.getBoundingClientRect().left - SIDE;
    return Math.min(this.chart.end, Math.max(0, this.start + (x / this.chart.pixels) * this.length));
  }

  // Without Ctrl, turning the wheel scrolls the page, as everywhere else.
  wheel(event) {
    if (event.ctrlKey || event.metaKey) this.zoom(Math.exp(-event.deltaY / 200), this.at(event));
    else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      const pixels = event.deltaX || event.deltaY;
      this.set(this.start + (pixels / this.chart.pixels) * this.length, this.length);
    } else return;
    event.preventDefault();
  }

  down(event) {
    if (event.button !== 0) return;
    this.fingers.set(event.pointerId, event.clientX);
    this.travelled = this.fingers.size > 1 ? Infinity : 0;
  }

  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (before === undefined) return;
    const others = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, x]) => x);
    this.fingers.set(event.pointerId, event.clientX);
    if (others.length) {
      const factor = Math.abs(event.clientX - others[0]) / Math.max(1, Math.abs(before - others[0]));
      this.zoom(Math.min(2, Math.max(0.5, factor)), this.at({ clientX: others[0] }));
    } else {
      this.travelled += Math.abs(event.clientX - before);
      this.set(this.start - ((event.clientX - before) / this.chart.pixels) * this.length, this.length);
    }
  }

  up(event) {
    const tapped = this.fingers.has(event.pointerId) && event.type === "pointerup" && this.travelled < 4;
    this.fingers.delete(event.pointerId);
    if (tapped) this.host.dispatchEvent(new CustomEvent("tapped", { detail: this.at(event) }));
  }
}
