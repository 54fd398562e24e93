// Which columns of a report's table are shown, how, and who is behind their counts.

import type { Row } from './api.ts';
import { text } from './api.ts';
import type { Frame } from './frame.svelte.ts';
import { hour } from './links.ts';
import type { Query } from './route.svelte.ts';
import type { TextName } from './texts.ts';

export type Kind =
  | 'word'
  | 'count'
  | 'rate'
  | 'time'
  | 'day'
  | 'within'
  | 'text'
  | 'money'
  | 'share'
  | 'estimate'
  | 'effect'
  | 'estimated_money';

export interface Column {
  name: string;
  heading: TextName | 'none';
  kind: Kind;
  /** Who is counted; nothing where nobody can be listed. */
  who?: (row: Row, known: Frame) => Query;
}

/** Filters of the rows' own keys: a stage, and a channel or an entry where it is divided. */
function flow(row: Row, more: Query = {}): Query {
  const query: Query = { 'flow-stage': text(row.stage), ...more };
  if (text(row.channel)) query['flow-channel'] = text(row.channel);
  if (text(row.entry)) query['flow-entry'] = text(row.entry);
  return query;
}
function move(row: Row): Query {
  const query: Query = { 'move-from': text(row.from), 'move-to': text(row.to) };
  if (text(row.channel)) query['move-channel'] = text(row.channel);
  return query;
}
function duration(row: Row, outcome: string): Query {
  const query: Query = { 'duration-stage': text(row.stage), 'duration-outcome': outcome };
  if (text(row.channel)) query['duration-channel'] = text(row.channel);
  return query;
}

/** Those for whom it was decided after so long. */
function decided(row: Row, outcome: string): Query {
  return { ...duration(row, outcome), 'duration-bucket': text(row.within) };
}

/** Those whose attempt ended after a touchpoint of this kind, in this stage. */
export function ended(row: Row): Query {
  const query: Query = { 'edge-to_stage': 'expired' };
  if (text(row.kind) === 'conversion') return { ...query, 'edge-from_stage': 'converted' };
  return { ...query, 'edge-from_stage': text(row.stage), 'edge-from_kind': text(row.kind) };
}

const stages: Column[] = [
  { name: 'stage', heading: 'stage', kind: 'word' },
  { name: 'channel', heading: 'channel', kind: 'word' },
  { name: 'entered', heading: 'entered', kind: 'count', who: (row) => flow(row) },
  { name: 'converted', heading: 'converted', kind: 'count', who: (row) => flow(row, { 'flow-outcome': 'converted' }) },
  { name: 'expired', heading: 'left', kind: 'count', who: (row) => flow(row, { 'flow-outcome': 'expired' }) },
  { name: 'cold', heading: 'cold', kind: 'count', who: (row) => duration(row, 'cold') },
  { name: 'lost', heading: 'lost', kind: 'count', who: (row) => duration(row, 'lost') },
  { name: 'open', heading: 'open', kind: 'count', who: (row) => flow(row, { 'flow-outcome': 'open' }) },
  { name: 'rate_decided', heading: 'of_decided_short', kind: 'rate' },
  { name: 'time_median', heading: 'half_short', kind: 'within' },
  { name: 'rate_watched', heading: 'of_final_short', kind: 'rate' },
  { name: 'corrections', heading: 'corrected_short', kind: 'text' },
  { name: 'mature_until', heading: 'mature_short', kind: 'day' },
  { name: 'money', heading: 'money', kind: 'money' },
];

const moves: Column[] = [
  { name: 'from', heading: 'from', kind: 'word' },
  { name: 'to', heading: 'into', kind: 'word' },
  { name: 'count', heading: 'moves_table', kind: 'count', who: move },
  { name: 'share', heading: 'share_short', kind: 'rate' },
  { name: 'money', heading: 'money', kind: 'money' },
];

const credit: Column[] = [
  { name: 'channel', heading: 'channel_plain', kind: 'word' },
  {
    name: 'touchpoints',
    heading: 'touchpoints',
    kind: 'count',
    who: (row) => ({ 'activity-channel': text(row.channel) }),
  },
  { name: 'credited', heading: 'credited', kind: 'estimate' },
  { name: 'watched', heading: 'credited_always', kind: 'estimate' },
  { name: 'verdict', heading: 'credit_verdict_short', kind: 'word' },
  { name: 'more_needed', heading: 'credit_more', kind: 'text' },
  { name: 'first', heading: 'first_touch', kind: 'text' },
  { name: 'last', heading: 'last_touch_short', kind: 'text' },
  { name: 'took_part', heading: 'took_part', kind: 'text' },
  { name: 'removal_effect', heading: 'removal_effect', kind: 'effect' },
  { name: 'money', heading: 'money', kind: 'estimated_money' },
  { name: 'cost', heading: 'cost', kind: 'money' },
  { name: 'cost_per_conversion', heading: 'cost_each', kind: 'estimated_money' },
];

/** Every model of credit, in the order in which they are offered. */
export const MODELS = [
  'markov',
  'markov_2',
  'markov_3',
  'shapley',
  'first',
  'last',
  'last_non_direct',
  'linear',
  'u_shaped',
  'j_shaped',
  'inverse_j',
  'time_decay',
  'participation',
  'same_touch',
  'custom',
] as const;

const models: Column[] = [
  { name: 'channel', heading: 'channel_plain', kind: 'word' },
  ...MODELS.map((model): Column => ({ name: model, heading: `model_${model}`, kind: 'estimate' })),
];

const channels: Column[] = [
  { name: 'channel', heading: 'channel', kind: 'word' },
  {
    name: 'attempts',
    heading: 'begun',
    kind: 'count',
    who: (row) => ({ 'move-from': 'none', 'move-channel': text(row.channel) }),
  },
  { name: 'rate_decided', heading: 'of_decided_short', kind: 'rate' },
  { name: 'money', heading: 'money', kind: 'money' },
];

const touches: Column[] = [
  { name: 'channel', heading: 'channel_plain', kind: 'word' },
  {
    name: 'touchpoints',
    heading: 'touchpoints',
    kind: 'count',
    who: (row) => ({ 'activity-channel': text(row.channel) }),
  },
  {
    name: 'began',
    heading: 'begun',
    kind: 'count',
    who: (row) => ({ 'move-from': 'none', 'move-channel': text(row.channel) }),
  },
  {
    name: 'cold',
    heading: 'cold_after_it',
    kind: 'count',
    who: (row) => ({ 'move-to': 'cold', 'move-channel': text(row.channel) }),
  },
];

const curve: Column[] = [
  { name: 'stage', heading: 'stage', kind: 'word' },
  { name: 'within', heading: 'within', kind: 'within' },
  { name: 'at_risk', heading: 'at_risk', kind: 'text' },
  { name: 'converted', heading: 'converted', kind: 'count', who: (row) => decided(row, 'converted') },
  { name: 'left', heading: 'left', kind: 'count', who: (row) => decided(row, 'cold|lost') },
  { name: 'still_open', heading: 'open', kind: 'share' },
  { name: 'low', heading: 'low_short', kind: 'share' },
  { name: 'high', heading: 'high_short', kind: 'share' },
  { name: 'converted_by', heading: 'converted_by', kind: 'share' },
  { name: 'left_by', heading: 'left_by', kind: 'share' },
];

const last: Column[] = [
  { name: 'stage', heading: 'stage', kind: 'word' },
  { name: 'kind', heading: 'what', kind: 'word' },
  { name: 'count', heading: 'left', kind: 'count', who: ended },
  { name: 'share', heading: 'share_short', kind: 'rate' },
];

const activity: Column[] = [
  { name: 'window', heading: 'when', kind: 'time' },
  { name: 'channel', heading: 'channel_plain', kind: 'word' },
  {
    name: 'count',
    heading: 'touchpoints',
    kind: 'count',
    who: (row, known) => hour(text(row.window), known.stages),
  },
];

const findings: Column[] = [
  { name: 'stage', heading: 'stage', kind: 'word' },
  { name: 'about', heading: 'who_short', kind: 'word' },
  { name: 'converts', heading: 'converts_short', kind: 'word' },
  { name: 'standing', heading: 'standing_short', kind: 'word' },
  { name: 'discovered', heading: 'found_short', kind: 'text' },
  { name: 'confirmed', heading: 'confirmed_short', kind: 'text' },
  { name: 'ended', heading: 'over_short', kind: 'text' },
  { name: 'these', heading: 'these_short', kind: 'rate' },
  { name: 'others', heading: 'others_short', kind: 'rate' },
  { name: 'naive', heading: 'ratio_naive', kind: 'estimate' },
  { name: 'ratio', heading: 'ratio_like', kind: 'estimate' },
  { name: 'difference', heading: 'difference_short', kind: 'effect' },
  { name: 'more_needed', heading: 'more_needed_short', kind: 'text' },
];

const changes: Column[] = [
  { name: 'stage', heading: 'stage', kind: 'word' },
  { name: 'what', heading: 'what', kind: 'word' },
  { name: 'since', heading: 'since_short', kind: 'text' },
  { name: 'discovered', heading: 'certain_short', kind: 'text' },
  { name: 'before', heading: 'before_short', kind: 'rate' },
  { name: 'after', heading: 'after_short', kind: 'rate' },
];

export const TABLES: Record<string, Column[]> = {
  findings,
  changes,
  stages,
  moves,
  credit,
  models,
  channels,
  touches,
  curve,
  last,
  activity,
};
