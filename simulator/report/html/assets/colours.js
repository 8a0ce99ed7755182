// Colours come from the style sheet, so that they follow the reader's choice of light or dark.
// `thin` spans are half as high, `hatch`ed ones came to nothing, `work` gets darker from the first result on.
const LOOKS = {
  clip: { tone: "lane", fill: 0.16 },
  noticed: { tone: "lane", fill: 0.4, line: 0, thin: true },
  word: { tone: "lane", fill: 0.08, line: 0.35 },
  turn: { tone: "lane", fill: 0.26 },
  unanswered: { tone: "muted", fill: 0.1, hatch: true },
  speaks: { tone: "lane", fill: 0.3 },
  model: { tone: "lane", fill: 0.1, work: true },
  function: { tone: "lane", fill: 0.3 },
  "function-failed": { tone: "bad", fill: 0.25 },
  voice: { tone: "lane", fill: 0.1, work: true },
  picture: { tone: "lane", fill: 0.1 },
  gap: { tone: "bad", fill: 0.75, line: 0, thin: true },
  outage: { tone: "bad", fill: 0.14 },
  frames: { tone: "lane", fill: 0.5, line: 0.9, thin: true },
  trouble: { tone: "bad", fill: 0.2 },
  response: { tone: "muted", fill: 0.12 },
  yield: { tone: "warn", fill: 0.28 },
  passed: { tone: "muted", fill: 0.08, line: 0.4 },
  failed: { tone: "bad", fill: 0.28 },
  met: { tone: "good", fill: 0.18 },
  missed: { tone: "bad", fill: 0.28 },
};
const MARKS = {
  joined: ["circle", "lane"],
  reconnected: ["circle", "lane"],
  left: ["circle_x", "muted"],
  dropped: ["circle_x", "bad"],
  lost: ["circle_x", "bad"],
  conditions: ["square_dot", "muted"],
  muted: ["square_x", "muted"],
  unmuted: ["square", "lane"],
  custom: ["square", "lane"],
  final: ["diamond", "lane"],
  eager: ["diamond", "muted"],
  yielded: ["inverted_triangle", "warn"],
  resumed: ["triangle", "good"],
  cancelled: ["x", "muted"],
  error: ["hex", "bad"],
  connected: ["circle", "muted"],
  disconnected: ["circle_x", "muted"],
  call_ended: ["circle", "muted"],
  finished: ["circle", "muted"],
};

function colour(name, lane) {
  const variable = name === "lane" ? `--tone-${lane.tone}` : `--${name}`;
  return getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
}
