// Rows of the report on objections, as pages use them.

import { type Rate, type Report, type Row, num, rate, rows, text } from './api.ts';
import type { Query } from './route.svelte.ts';

export interface Raised {
  stage: string;
  objection: string;
  /** What the business did first after it; empty where that is not told apart. */
  next: string;
  entries: number;
  share: Rate | null;
  converted: number;
  left: number;
  open: number;
  /** Converted of the decided, and of the decided without it. */
  rate: Rate | null;
  others: Rate | null;
  plain: string;
}

export function raised(report: Report | undefined, table: 'objections' | 'answers', language: string): Raised[] {
  return rows(report, table).map((row) => {
    const converted = rate(row.converted);
    return {
      stage: text(row.stage),
      objection: text(row.objection),
      next: text(row.next),
      entries: num(row.entries),
      share: rate(row.share),
      converted: converted?.part ?? 0,
      left: num(row.cold) + num(row.lost),
      open: num(row.open),
      rate: converted,
      others: rate(row.others),
      plain: text(language === 'de' ? row.plain_de : row.plain),
    };
  });
}

/** Everybody behind such a row, or those of them that something became of. */
export function whoseObjection(row: Row | Raised, more: Query = {}): Query {
  const query: Query = { 'objection-stage': String(row.stage), 'objection-objection': String(row.objection) };
  if (row.next) query['objection-next'] = String(row.next);
  if ('channel' in row && row.channel) query['objection-channel'] = String(row.channel);
  return { ...query, ...more };
}

/** What became of several rows together, and who is behind it. */
export function together(found: Raised[], objection: string): Raised | undefined {
  const own = found.filter((row) => row.objection === objection);
  const first = own[0];
  if (!first) return undefined;
  const sum = (of: (row: Raised) => number) => own.reduce((all, row) => all + of(row), 0);
  return {
    ...first,
    entries: sum((row) => row.entries),
    converted: sum((row) => row.converted),
    left: sum((row) => row.left),
    open: sum((row) => row.open),
    share: null,
    rate: null,
    others: null,
    plain: '',
  };
}

/** The class that most entries have raised in a stage; of equal ones the first. */
export function commonest(found: Raised[]): Raised | undefined {
  let most: Raised | undefined;
  for (const row of found) if (row.objection !== 'all' && row.entries > (most?.entries ?? 0)) most = row;
  return most;
}
