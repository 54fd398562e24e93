// What pages reckon themselves: an interval after Wilson, the worst leak, and dates without a clock.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leak, wilson, type Stage } from '../src/stages.ts';

test('the interval is that of the server', () => {
  // Newcombe 1998, table I: 15 of 148, 81 of 263, 0 of 20, 1 of 29.
  for (const [part, whole, low, high] of [
    [15, 148, 0.0624, 0.1605],
    [81, 263, 0.2553, 0.3662],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const) {
    const rate = wilson(part, whole);
    assert.ok(Math.abs((rate?.low ?? NaN) - low) < 5e-5, `${part} of ${whole}`);
    assert.ok(Math.abs((rate?.high ?? NaN) - high) < 5e-5, `${part} of ${whole}`);
  }
  assert.equal(wilson(0, 0), null);
  assert.equal(wilson(3, 2), null);
});

test('the biggest leak is where most left, of equal ones the earlier', () => {
  const stage = (name: string, left: number) => ({ name, left }) as Stage;
  assert.equal(leak([stage('a', 3), stage('b', 5), stage('c', 5)])?.name, 'b');
  assert.equal(leak([stage('a', 0)]), undefined);
});
