// Where the bars and bands of the journey map lie: arithmetic alone, no element.

export interface StageSize {
  name: string;
  entered: number;
  converted: number;
  left: number;
  open: number;
}
export interface Move {
  from: string;
  to: string;
  n: number;
}
export interface Segment {
  y: number;
  height: number;
}
export interface Bar {
  name: string;
  x: number;
  converted: Segment;
  open: Segment;
  left: Segment;
  /** The stream of those who left, falling out of the picture. */
  fall: string;
}
export interface Band {
  move: Move;
  path: string;
  label: { x: number; y: number };
}
export interface Flow {
  bars: Bar[];
  bands: Band[];
  height: number;
}

export const BAR = 14;
const TALLEST = 200;
/** Room above the bars for bands that pass over stages. */
const ABOVE = 44;
const BELOW = 46;
/** Between the three parts of a bar, so that they are told apart without colour. */
const GAP = 2;

/** Stages in columns from left to right; bars hang from one line, bands run along it. */
export function flow(stages: StageSize[], moves: Move[], width: number): Flow {
  const most = Math.max(1, ...stages.map((stage) => stage.entered));
  const tall = (n: number) => (n / most) * TALLEST;
  const column = width / Math.max(1, stages.length);
  const x = (at: number) => at * column;
  const bars = stages.map((stage, at) => bar(stage, x(at), tall, column));
  const index = new Map(stages.map((stage, at) => [stage.name, at]));
  const place = (name: string) => index.get(name) ?? -1;

  // Those who come from furthest away arrive on top, those who begin here below them.
  const arrivals = moves.filter((move) => place(move.to) >= 0 && move.from !== move.to && move.n > 0);
  arrivals.sort((a, b) => place(a.to) - place(b.to) || order(place(a.from)) - order(place(b.from)));
  const arrived = stages.map(() => ABOVE);
  const ends = new Map<Move, Segment>();
  for (const move of arrivals) {
    const at = place(move.to);
    const y = arrived[at] ?? ABOVE;
    ends.set(move, { y, height: tall(move.n) });
    arrived[at] = y + tall(move.n);
  }
  const bands: Band[] = [];
  stages.forEach((stage, at) => {
    const out = arrivals.filter((move) => move.from === stage.name).sort((a, b) => place(b.to) - place(a.to));
    const all = out.reduce((sum, move) => sum + move.n, 0);
    // The part of the bar that went on is shared out as they were seen to move.
    let y = bars[at]?.converted.y ?? ABOVE;
    for (const move of out) {
      const height = ((bars[at]?.converted.height ?? 0) * move.n) / all;
      const end = ends.get(move);
      if (end) bands.push(band(move, { x: x(at) + BAR, y, height }, { x: x(place(move.to)), ...end }, place(move.to) - at - 1));
      y += height;
    }
  });
  for (const move of arrivals.filter((move) => place(move.from) < 0 && place(move.to) > 0)) {
    const end = ends.get(move);
    if (end) bands.push(start(move, { x: x(place(move.to)), ...end }, column));
  }
  return { bars, bands, height: ABOVE + TALLEST + BELOW };
}

/** Beginners, who come from no stage, sort below everybody else. */
function order(at: number): number {
  return at < 0 ? Number.MAX_SAFE_INTEGER : at;
}

function bar(stage: StageSize, x: number, tall: (n: number) => number, column: number): Bar {
  const converted = { y: ABOVE, height: tall(stage.converted) };
  const open = { y: ABOVE + converted.height + (stage.converted > 0 ? GAP : 0), height: tall(stage.open) };
  const left = { y: open.y + open.height + (stage.open > 0 ? GAP : 0), height: tall(stage.left) };
  return { name: stage.name, x, converted, open, left, fall: fall(x + BAR, left, column) };
}

interface Side extends Segment {
  x: number;
}

function band(move: Move, from: Side, to: Side, passed: number): Band {
  const bend = (to.x - from.x) / 2;
  const lift = passed > 0 ? 26 + 8 * passed : 0;
  const path =
    `M${from.x},${from.y}C${from.x + bend},${from.y - lift} ${to.x - bend},${to.y - lift} ${to.x},${to.y}` +
    `v${to.height}C${to.x - bend},${to.y + to.height - lift} ${from.x + bend},${from.y + from.height - lift} ` +
    `${from.x},${from.y + from.height}Z`;
  const y = (from.y + to.y) / 2 + (from.height + to.height) / 4 - lift * 0.75;
  return { move, path, label: { x: (from.x + to.x) / 2, y } };
}

/** Those who begin in a later stage come in from the side, out of nothing. */
function start(move: Move, to: Side, column: number): Band {
  const length = Math.min(64, column / 3);
  const x = to.x - length;
  const path = `M${x},${to.y + to.height / 2 + 10}Q${to.x - length / 3},${to.y + to.height / 2} ${to.x},${to.y}v${to.height}Q${to.x - length / 3},${to.y + to.height} ${x},${to.y + to.height / 2 + 14}Z`;
  return { move, path, label: { x: x - 4, y: to.y + to.height / 2 + 16 } };
}

function fall(x: number, { y, height }: Segment, column: number): string {
  if (height <= 0) return '';
  const wide = Math.min(Math.max(height * 0.5, 2), 42);
  const reach = Math.min(wide + 26, column * 0.6);
  const bottom = y + height + BELOW - 4;
  return `M${x},${y}C${x + reach},${y} ${x + reach},${y + height * 0.4} ${x + reach},${bottom}h${-wide}C${x + reach - wide},${y + height} ${x + (reach - wide) / 2},${y + height} ${x},${y + height}Z`;
}
