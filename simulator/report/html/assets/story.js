// The story beside the time line: it follows the cursor, and the cursor follows it.
class Story {
  constructor(list, seek) {
    this.lines = [...list.querySelectorAll("button[data-at]")].map((button) => ({
      at: Number(button.dataset.at),
      button,
    }));
    this.list = list;
    for (const { button } of this.lines) button.tabIndex = -1;
    if (this.lines.length) this.lines[0].button.tabIndex = 0;
    list.addEventListener("keydown", (event) => this.key(event));
    list.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-at]");
      if (button) seek(Number(button.dataset.at));
    });
  }

  // One stop for the tabulator; from there the arrows go up and down.
  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const from = this.lines.findIndex(({ button }) => button === document.activeElement);
    const to = this.lines[from + step];
    if (!step || !to) return;
    event.preventDefault();
    this.lines[from].button.tabIndex = -1;
    to.button.tabIndex = 0;
    to.button.focus();
  }

  // Shows where in the story an instant is, and returns what is told there.
  follow(now) {
    const current = this.lines.findLast(({ at }) => at <= now + 0.0005);
    if (current !== this.current) {
      this.current?.button.removeAttribute("aria-current");
      current?.button.setAttribute("aria-current", "true");
      this.current = current;
      if (current && now > 0 && document.activeElement?.parentElement?.parentElement !== this.list) {
        const { offsetTop, offsetHeight } = current.button;
        if (offsetTop < this.list.scrollTop || offsetTop + offsetHeight > this.list.scrollTop + this.list.clientHeight)
          this.list.scrollTop = offsetTop - this.list.clientHeight / 3;
      }
    }
    return current ? current.button.textContent.replace(/\s+/g, " ").trim() : "";
  }
}
