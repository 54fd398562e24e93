// Where bars and bands lie: their sizes are the numbers, whatever the picture's width.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flow, type Move, type StageSize } from '../src/charts/flow.ts';

const stage = (name: string, converted: number, left: number, open: number): StageSize => ({
  name,
  entered: converted + left + open,
  converted,
  left,
  open,
});
const STAGES = [stage('a', 60, 100, 40), stage('b', 30, 20, 30), stage('c', 5, 10, 25)];
const MOVES: Move[] = [
  { from: 'none', to: 'a', n: 200 },
  { from: 'a', to: 'b', n: 55 },
  { from: 'a', to: 'c', n: 5 },
  { from: 'none', to: 'b', n: 25 },
  { from: 'b', to: 'c', n: 30 },
  { from: 'c', to: 'c', n: 5 },
];
const heights = (path: string) => [...path.matchAll(/v([\d.]+)/g)].map((found) => Number(found[1]));

test('a bar is as high as its numbers, and its parts do not lie on each other', () => {
  const { bars } = flow(STAGES, MOVES, 900);
  const scale = (bars[0]?.converted.height ?? 0) / 60;
  for (const [at, bar] of bars.entries()) {
    const size = STAGES[at];
    assert.ok(Math.abs(bar.left.height - (size?.left ?? 0) * scale) < 1e-9);
    assert.ok(Math.abs(bar.open.height - (size?.open ?? 0) * scale) < 1e-9);
    assert.ok(bar.open.y > bar.converted.y + bar.converted.height);
    assert.ok(bar.left.y > bar.open.y + bar.open.height);
  }
});

test('a band arrives as high as those who came, and all that arrive make up the bar', () => {
  const { bars, bands } = flow(STAGES, MOVES, 900);
  const scale = (bars[0]?.converted.height ?? 0) / 60;
  const into = (name: string) => bands.filter(({ move }) => move.to === name);
  for (const { move, path } of bands) {
    assert.ok(heights(path).some((height) => Math.abs(height - move.n * scale) < 1e-6), `${move.from} ${move.to}`);
  }
  // Those who come again are no band: they come from the same bar.
  const arrived = into('b').reduce((sum, { move }) => sum + move.n, 0);
  assert.equal(arrived, STAGES[1]?.entered);
  assert.equal(bands.some(({ move }) => move.from === move.to), false);
});

test('nobody at all is drawn without a mistake', () => {
  const { bars, bands, height } = flow([stage('a', 0, 0, 0), stage('b', 0, 0, 0)], [], 320);
  assert.equal(bars.length, 2);
  assert.equal(bands.length, 0);
  assert.ok(height > 0);
  assert.ok(bars.every((bar) => bar.fall === ''));
});

test('a move between stages that the map does not have is left out', () => {
  const { bands } = flow(STAGES, [{ from: 'x', to: 'b', n: 3 }, { from: 'a', to: 'y', n: 3 }], 900);
  assert.ok(bands.every(({ move }) => move.to !== 'y'));
  assert.ok(bands.every(({ path }) => !path.includes('NaN')));
});
