// What the server answers, and how it is asked.

export interface Rate {
  part: number;
  whole: number;
  low: number;
  high: number;
}
export type Money = Record<string, number>;
/** A number with its 95 % interval, where there is one. */
export interface Estimate {
  value: number;
  low: number | null;
  high: number | null;
}
export type EstimatedMoney = Record<string, Estimate>;
export type Cell = string | number | Rate | Money | Estimate | EstimatedMoney | null;
export type Row = Record<string, Cell>;

export interface Table {
  name: string;
  title: string;
  rows: Row[];
  notes: string[];
}

export interface Report {
  report: string;
  as_of: string | null;
  /** How much further than as_of each partition of the log was judged, in milliseconds. */
  cut?: number[];
  /** The dates that were asked for, in the zone of the business. */
  period: { from: string | null; to: string | null };
  tables: Table[];
}

export interface List<T> {
  items: T[];
  next: string | null;
  total: number;
  people?: number;
}

/** An error as the server tells it (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

interface Kept {
  tag: string;
  body: unknown;
}

/** Answers by their address, with the tag under which the server knows them. */
const kept = new Map<string, Kept>();
const KEPT_MAX = 60;

/** Asks. An answer that is still the same is the same object: nothing is drawn anew for it. */
export async function get<T>(url: string, signal?: AbortSignal): Promise<T> {
  const known = kept.get(url);
  const headers: Record<string, string> = known ? { 'If-None-Match': known.tag } : {};
  const answer = await fetch(url, { headers, signal: signal ?? null, cache: 'no-store' });
  if (answer.status === 304 && known) return known.body as T;
  if (!answer.ok) throw await problem(answer);
  const body: unknown = await answer.json();
  const tag = answer.headers.get('etag');
  if (tag !== null) {
    kept.delete(url);
    kept.set(url, { tag, body });
    const oldest = kept.keys().next().value;
    if (kept.size > KEPT_MAX && oldest !== undefined) kept.delete(oldest);
  }
  return body as T;
}

export async function post<T>(url: string, body: BodyInit | null, type: string): Promise<T> {
  const answer = await fetch(url, { method: 'POST', body, headers: { 'Content-Type': type } });
  if (!answer.ok) throw await problem(answer);
  return (await answer.json()) as T;
}

async function problem(answer: Response): Promise<Problem> {
  try {
    const told = (await answer.json()) as { code?: string; detail?: string };
    return new Problem(answer.status, told.code ?? '', told.detail ?? answer.statusText);
  } catch {
    return new Problem(answer.status, '', answer.statusText);
  }
}

export function table(report: Report | undefined, name: string): Table | undefined {
  return report?.tables.find((table) => table.name === name);
}
export function rows(report: Report | undefined, name: string): Row[] {
  return table(report, name)?.rows ?? [];
}
export function num(cell: Cell | undefined): number {
  return typeof cell === 'number' ? cell : 0;
}
export function text(cell: Cell | undefined): string {
  return typeof cell === 'string' ? cell : '';
}
export function rate(cell: Cell | undefined): Rate | null {
  return cell !== null && typeof cell === 'object' && 'whole' in cell ? (cell as Rate) : null;
}
export function estimate(cell: Cell | undefined): Estimate | null {
  return cell !== null && typeof cell === 'object' && 'value' in cell ? (cell as Estimate) : null;
}
export function estimatedMoney(cell: Cell | undefined): EstimatedMoney {
  return cell !== null && typeof cell === 'object' && !('value' in cell) ? (cell as EstimatedMoney) : {};
}
export function money(cell: Cell | undefined): Money {
  return cell !== null && typeof cell === 'object' && !('whole' in cell) ? (cell as Money) : {};
}
