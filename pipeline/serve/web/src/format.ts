// Numbers, shares, times and sentences, as the reader's language writes them.

import { route } from './route.svelte.ts';
import { type Language, type TextName, texts } from './texts.ts';
import { words } from './words.ts';
import type { Estimate, EstimatedMoney, Money, Rate } from './api.ts';

/** The language of the address, else the browser's, else English. */
export function language(): Language {
  const wanted = [route.query.lang ?? '', ...navigator.languages];
  for (const tag of wanted) {
    const short = tag.slice(0, 2).toLowerCase();
    if (short === 'en' || short === 'de') return short;
  }
  return 'en';
}

/** A sentence with its places filled in. */
export function say(name: TextName, places: Record<string, string | number> = {}): string {
  return texts[language()][name].replace(/\{(\w+)\}/g, (_, place: string) => String(places[place] ?? ''));
}

/** A sentence in pieces: text, or the name of a place. */
export function pieces(name: TextName): { text: string; place: string }[] {
  const parts = texts[language()][name].split(/\{(\w+)\}/);
  return parts.map((part, at) => (at % 2 === 0 ? { text: part, place: '' } : { text: '', place: part }));
}

/** A word of the map: a stage, a channel, a kind. */
export function word(name: string): string {
  const known = words[language()];
  // A channel may be called what every object has.
  const said = Object.hasOwn(known, name) ? known[name] : undefined;
  return said ?? name.replaceAll('_', ' ');
}

/** A word at the beginning of a line. */
export function title(name: string): string {
  const said = word(name);
  return said.charAt(0).toUpperCase() + said.slice(1);
}

// Formatters are slow to make.
const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();
function keep<T extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => T): T {
  const known = made.get(key);
  if (known) return known as T;
  const fresh = make();
  made.set(key, fresh);
  return fresh;
}

function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = language() + JSON.stringify(options);
  return keep(key, () => new Intl.NumberFormat(language(), options));
}

export function count(n: number): string {
  return numbers({}).format(n);
}

/** A share in per cent: a digit more where whole ones would hide a small one. */
export function percent(share: number): string {
  const digits = share > 0 && share < 0.1 ? 1 : 0;
  return numbers({ style: 'percent', maximumFractionDigits: digits, minimumFractionDigits: digits }).format(share);
}

/** `18 % (12–19)`; within brackets of a sentence `18 %, 12–19`. */
export function rateText(rate: Rate | null, name: 'rate_of' | 'rate_inline' = 'rate_of'): string {
  if (!rate) return '–';
  const share = rate.part / rate.whole;
  const digits = share > 0 && share < 0.1 ? 1 : 0;
  const plain = numbers({ maximumFractionDigits: digits, minimumFractionDigits: digits });
  const [low, high] = [plain.format(100 * rate.low), plain.format(100 * rate.high)];
  return say(name, { share: percent(share), low, high });
}

/** A number of conversions, which are shared out in parts: a digit behind the point. */
export function parts(value: number): string {
  return numbers({ maximumFractionDigits: 1, minimumFractionDigits: 1, signDisplay: 'negative' }).format(value);
}

/** `22.4 (17.1–28.0)` */
export function estimateText(estimate: Estimate | null, said: (value: number) => string = parts): string {
  if (!estimate) return '–';
  const { value, low, high } = estimate;
  if (low === null || high === null) return said(value);
  return say('rate_of', { share: said(value), low: said(low), high: said(high) });
}

/** Sums by currency, each with its interval. */
export function estimatedMoneyText(money: EstimatedMoney): string {
  const sums = Object.entries(money).map(([currency, sum]) => estimateText(sum, (minor) => moneyText({ [currency]: minor })));
  return sums.length > 0 ? sums.join(', ') : '–';
}

/** Sums by currency; they are never added. */
export function moneyText(money: Money): string {
  const sums = Object.entries(money).map(([currency, minor]) => {
    try {
      const format = numbers({ style: 'currency', currency });
      const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
      return format.format(minor / 10 ** digits);
    } catch {
      return `${count(minor)} ${currency}`;
    }
  });
  return sums.length > 0 ? sums.join(', ') : '–';
}

function dates(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language() + zone + JSON.stringify(options);
  // English as it is written where a day comes before its month.
  const locale = language() === 'en' ? 'en-GB' : 'de-DE';
  return keep(key, () => new Intl.DateTimeFormat(locale, { ...options, timeZone: zone }));
}

/** An address may say anything: what is no time is shown as it is written there. */
function written(format: Intl.DateTimeFormat, at: string, text = at): string {
  const instant = new Date(at);
  return Number.isNaN(instant.getTime()) ? text : format.format(instant);
}

/** An instant on the clock of the business. */
export function time(at: string | null | undefined, zone: string): string {
  if (!at) return '–';
  return written(dates(zone, { dateStyle: 'medium', timeStyle: 'short' }), at);
}
export function clock(at: string, zone: string): string {
  return written(dates(zone, { hour: '2-digit', minute: '2-digit' }), at);
}
export function day(at: string, zone: string): string {
  return written(dates(zone, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }), at);
}

export function dayShort(at: string, zone: string): string {
  return written(dates(zone, { day: 'numeric', month: 'short', year: 'numeric' }), at);
}

/** A local date `2026-03-25`, which is no instant. */
export function date(civil: string): string {
  return written(dates('UTC', { day: 'numeric', month: 'short', year: 'numeric' }), `${civil}T00:00Z`, civil);
}

/** The date so many days later. */
export function plusDays(civil: string, days: number): string {
  const at = new Date(`${civil}T00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** How many dates a period has. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00Z`) - Date.parse(`${from}T00:00Z`)) / 86_400_000) + 1;
}

/** A length of time in its greatest unit: `4 d`, `2 h`. */
export function span(millis: number): string {
  const units: [Intl.NumberFormatOptions['unit'], number][] = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1_000],
  ];
  const found = units.find(([, size]) => Math.abs(millis) >= size) ?? units[3];
  const [unit, size] = found ?? ['second', 1_000];
  const value = Math.floor(Math.abs(millis) / size);
  return numbers({ style: 'unit', unit, unitDisplay: 'long' }).format(value);
}

/** A length as the map writes it, in milliseconds: `7d`, `24h`; NaN where it is none. */
export function spanMillis(text: string): number {
  const sizes: Record<string, number> = { ms: 1, s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7 };
  const parts = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  return Number(parts?.[1] ?? NaN) * (sizes[parts?.[2] ?? ''] ?? NaN);
}

/** The same in words. */
export function spanOf(text: string): string {
  const millis = spanMillis(text);
  return Number.isNaN(millis) ? text : span(millis);
}

/** The upper end of a bucket such as `2d-3d`, in words. */
export function withinText(bucket: string): string {
  const upper = bucket.split('-')[1] ?? bucket;
  return spanOf(upper);
}
