// Rows of the funnel report, as pages use them.

import { type Rate, type Report, type Row, num, rate, rows, text } from './api.ts';

export interface Stage {
  name: string;
  channel: string;
  entered: number;
  first: number;
  converted: number;
  left: number;
  open: number;
  decided: Rate | null;
  /** Of entries that are decided for good, with an interval that holds at every look. */
  always: Rate | null;
  /** How often what was final has changed since. */
  corrections: number;
  median: string;
}

export function stages(funnel: Report | undefined, channel?: string): Stage[] {
  const found = rows(funnel, 'stages').map(stage);
  return channel ? found.filter((row) => row.channel === channel) : found;
}

function stage(row: Row): Stage {
  return {
    name: text(row.stage),
    channel: text(row.channel),
    entered: num(row.entered),
    first: num(row.first),
    converted: num(row.converted),
    left: num(row.expired),
    open: num(row.open),
    decided: rate(row.rate_decided),
    always: rate(row.rate_watched),
    corrections: num(row.corrections),
    median: text(row.time_median),
  };
}

/** The stages of the map in their order, those that nobody entered included. */
export function allStages(known: { name: string }[], found: Stage[]): Stage[] {
  const rates = { decided: null, always: null, corrections: 0, median: '' };
  const nobody = { channel: '', entered: 0, first: 0, converted: 0, left: 0, open: 0, ...rates };
  return known.map(({ name }) => found.find((row) => row.name === name) ?? { name, ...nobody });
}

/** The stage that most left; of equal ones the earlier. */
export function leak(found: Stage[]): Stage | undefined {
  let worst: Stage | undefined;
  for (const row of found) if (row.left > (worst?.left ?? 0)) worst = row;
  return worst;
}

/** The 95 % interval of a share after Wilson, as the server reckons it. */
export function wilson(part: number, whole: number): Rate | null {
  if (whole <= 0 || part < 0 || part > whole) return null;
  const z = 1.959963984540054;
  const share = part / whole;
  const middle = share + (z * z) / (2 * whole);
  const half = z * Math.sqrt((share * (1 - share)) / whole + (z * z) / (4 * whole * whole));
  const scale = 1 + (z * z) / whole;
  return {
    part,
    whole,
    low: part === 0 ? 0 : (middle - half) / scale,
    high: part === whole ? 1 : (middle + half) / scale,
  };
}
