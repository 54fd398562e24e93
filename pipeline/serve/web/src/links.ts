// Every count is a link: to exactly the people behind it, at the same moment, by the same filter.

import type { Report } from './api.ts';
import { route, search, type Query } from './route.svelte.ts';

/** What of the address chooses numbers: the API takes it by the same names. */
export function asked(by?: string): Query {
  const { period, from, to, as_of } = route.query;
  const query: Query = {};
  if (from || to) {
    if (from) query.from = from;
    if (to) query.to = to;
  } else if (period !== 'all') {
    query.period = period ?? PERIOD;
  }
  if (by) query.by = by;
  if (as_of) query.as_of = as_of;
  return query;
}

/** What is shown where the address says nothing. */
export const PERIOD = '30d';

export function report(name: string, query: Query = asked()): string {
  return `/v1/report/${name}${search(query)}`;
}

/** The same as a file. */
export function csv(name: string, query: Query = asked()): string {
  return report(name, { ...query, format: 'csv' });
}

/** Everything that happened in an hour, wherever the customer stood, within a journey or not. */
export function hour(start: string, stages: { name: string }[]): Query {
  const all = ['none', ...stages.map((stage) => stage.name)];
  return { 'activity-stage': all.join('|'), window: `1h@${start}` };
}

/**
 * The people behind a number of this report. Steps are counted over all time, and a window is a
 * period of its own.
 */
export function people(of: Report | undefined, filters: Query): string {
  const query: Query = { ...filters };
  const isOfPeriod = !Object.keys(filters).some((name) => name.startsWith('edge-') || name === 'window');
  if (of?.period.from && isOfPeriod) query.from = of.period.from;
  if (of?.period.to && isOfPeriod) query.to = of.period.to;
  if (of?.as_of) query.as_of = of.as_of;
  if (of?.cut?.some((more) => more !== 0)) query.cut = of.cut.join(',');
  if (route.query.lang) query.lang = route.query.lang;
  return '/customers' + search(query);
}

/** One customer. */
export function customer(id: string): string {
  const query: Query = route.query.lang ? { lang: route.query.lang } : {};
  return `/customers/${encodeURIComponent(id)}${search(query)}`;
}
