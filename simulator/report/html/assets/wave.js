// A waveform: the lowest and the highest sample of each short stretch, as signed bytes, in ever coarser versions.
// It is drawn with soft voices lifted, so that somebody far from the microphone can be seen beside a loud agent.
const LIFTED = Float32Array.from(
  { length: 256 },
  (_, byte) => Math.sign(byte - 128) * (Math.abs(byte - 128) / 128) ** 0.6,
);

class Wave {
  constructor({ rate, bytes }) {
    const raw = Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0));
    this.rate = rate;
    this.levels = [new Int8Array(raw.buffer)];
    while (this.levels.at(-1).length > 512) this.levels.push(Wave.halved(this.levels.at(-1)));
  }

  static halved(fine) {
    const coarse = new Int8Array(Math.ceil(fine.length / 4) * 2);
    for (let i = 0; i < coarse.length; i += 2) {
      const j = i * 2;
      coarse[i] = Math.min(fine[j], fine[j + 2] ?? fine[j]);
      coarse[i + 1] = Math.max(fine[j + 1], fine[j + 3] ?? fine[j + 1]);
    }
    return coarse;
  }

  // The outline between two instants, one point or two a pixel.
  between(start, end, pixels, middle, half) {
    const wanted = Math.log2(((end - start) * this.rate) / pixels);
    const level = Math.max(0, Math.min(this.levels.length - 1, Math.floor(wanted)));
    const values = this.levels[level];
    const rate = this.rate / 2 ** level;
    const first = Math.max(0, Math.floor(start * rate) - 1);
    const last = Math.min(values.length / 2, Math.ceil(end * rate) + 1);
    const [x, y1, y2] = [[], [], []];
    for (let i = first; i < last; i++) {
      x.push((i + 0.5) / rate);
      y1.push(middle - LIFTED[values[2 * i] + 128] * half);
      y2.push(middle - LIFTED[values[2 * i + 1] + 128] * half);
    }
    return { x, y1, y2 };
  }
}
