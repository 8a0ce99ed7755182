// What lies under the pointer, told beside it.
const MOST_TOLD = 5; // of signs that lie on top of each other

class Pointing {
  constructor(host, box, view) {
    Object.assign(this, { host, box, view });
    host.addEventListener("pointermove", (event) => (event.buttons ? this.hide() : this.show(event)));
    host.addEventListener("pointerleave", () => this.hide());
    host.addEventListener("click", (event) => this.show(event));
  }

  hide() {
    this.box.hidden = true;
  }

  show(event) {
    const edges = this.host.getBoundingClientRect();
    const [x, y] = [event.clientX - edges.left, event.clientY - edges.top - AXIS];
    const found = [this.flagsAt(x, y), this.marksAt(x, y), this.spansAt(x, y)].find((some) => some.length);
    this.box.hidden = !found;
    if (!found) return;
    this.box.replaceChildren(...found.slice(0, MOST_TOLD).flatMap((each) => this.lines(each)));
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const left = Math.min(Math.max(4, x + 14), edges.width - width - 4);
    const below = y + AXIS + 18;
    const top = below + height > edges.height ? Math.max(2, y + AXIS - height - 12) : below;
    this.box.style.transform = `translate(${left}px, ${top}px)`;
  }

  flagsAt(x, y) {
    const flags = this.view.chart.flags.flatMap(({ flags }) => flags);
    return flags.filter((flag) => {
      const across = (x - this.view.x(flag.at)) * (flag.left ? -1 : 1);
      return Math.abs(flag.y - y) < 10 && across > -3 && across < flag.width;
    });
  }

  marksAt(x, y) {
    return this.view.chart.marks.filter((mark) => Math.hypot(this.view.x(mark.at) - x, mark.y - y) < 9);
  }

  // The narrowest of those that are there, as narrow ones are hard to hit.
  spansAt(x, y) {
    const hit = this.view.chart.spans.filter(
      (span) =>
        y >= span.top - 2 && y <= span.bottom + 2 && this.view.x(span.start) - 3 <= x && x <= this.view.x(span.end) + 3,
    );
    return hit.sort((one, other) => one.end - one.start - (other.end - other.start)).slice(0, 1);
  }

  lines({ text, lane, row, start, end, at, details }) {
    const line = (tag, content) => Object.assign(document.createElement(tag), { textContent: content });
    const when = at === undefined ? lasting(start, end) : `${at.toFixed(3)} s`;
    const pairs = details.map(([name, value]) => {
      const pair = document.createElement("p");
      pair.append(line("span", name), line("b", value));
      return pair;
    });
    return [
      line("strong", text || row.name),
      line("p", `${lane.name}${row ? `, ${row.name}` : ""} · ${when}`),
      ...pairs,
    ];
  }
}
