// The cursor, and the recording that is played with it.
class Player {
  constructor(calls, end, moved) {
    this.end = end;
    this.moved = moved;
    this.now = 0;
    this.sounds = calls.map(({ sound }) => (sound ? Object.assign(new Audio(sound), { preload: "auto" }) : null));
    this.chosen = this.sounds.findIndex(Boolean);
    this.sounds.forEach((sound, index) => {
      sound?.addEventListener("ended", () => this.pause());
      sound?.addEventListener("error", () => this.cannotPlay(index));
    });
  }

  get sound() {
    return this.sounds[this.chosen] ?? null;
  }

  get playing() {
    return this.sound !== null && !this.sound.paused;
  }

  seek(at) {
    this.now = Math.min(this.end, Math.max(0, at));
    if (this.sound) this.sound.currentTime = this.now;
    this.moved(true);
  }

  async play() {
    if (!this.sound) return;
    if (this.now >= this.end - 0.01) this.seek(0);
    this.sound.currentTime = this.now;
    await this.sound.play();
    this.follow();
  }

  pause() {
    this.sound?.pause();
    this.moved(false);
  }

  toggle() {
    return this.playing ? this.pause() : this.play();
  }

  // Not every browser can play Opus in Ogg.
  cannotPlay(index) {
    this.sounds[index] = null;
    this.moved(false);
  }

  // Listen to another call from where this one is.
  choose(index) {
    const playing = this.playing;
    this.sound?.pause();
    this.chosen = index;
    if (playing) this.play();
    else this.seek(this.now);
  }

  set speed(rate) {
    for (const sound of this.sounds) if (sound) sound.playbackRate = rate;
  }

  follow() {
    if (!this.playing) return;
    this.now = Math.min(this.end, this.sound.currentTime);
    this.moved(true);
    requestAnimationFrame(() => this.follow());
  }
}
