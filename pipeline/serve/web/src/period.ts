// Periods by name: the server cuts them in the zone of the business, the page only names them.

import { daysBetween, plusDays } from './format.ts';
import { PERIOD } from './links.ts';
import { route, withQuery } from './route.svelte.ts';

export const PERIODS = ['1d', '7d', '30d', '90d', '365d', 'all'] as const;
export type PeriodName = (typeof PERIODS)[number] | 'custom';

/** What the address asks for. */
export function period(): PeriodName {
  if (route.query.from || route.query.to) return 'custom';
  const name = route.query.period ?? PERIOD;
  return (PERIODS as readonly string[]).includes(name) ? (name as PeriodName) : 'custom';
}

/** The address of a period by its name. */
export function named(name: string): string {
  return withQuery({ period: name === PERIOD ? undefined : name, from: undefined, to: undefined });
}

/** The address of a period by its dates. */
export function dated(from: string, to: string): string {
  return withQuery({ period: undefined, from, to });
}

export interface Dates {
  from: string;
  to: string;
}

/** The period of the same length before (-1) or after (1). */
export function shifted({ from, to }: Dates, by: number): Dates {
  const days = daysBetween(from, to);
  return { from: plusDays(from, by * days), to: plusDays(to, by * days) };
}
