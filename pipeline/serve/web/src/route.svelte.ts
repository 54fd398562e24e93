// The address is the whole state: path and query say what is shown, and nothing is kept elsewhere.

export type Query = Record<string, string>;

class Route {
  path = $state(location.pathname);
  query = $state.raw<Query>(read(location.search));
  /** Grows with each change of the path: the page takes the focus to its heading then. */
  arrivals = $state(0);
}

export const route = new Route();

function read(search: string): Query {
  const query: Query = {};
  // `entries` keeps the last of two equal names; the API would refuse them.
  for (const [name, value] of new URLSearchParams(search)) if (value !== '') query[name] = value;
  return query;
}

export function search(query: Query): string {
  const parts = Object.entries(query).filter(([, value]) => value !== '');
  // A colon, an @ and a comma may stand in a query as they are, and are easier to read.
  const text = parts.map(([n, v]) => `${enc(n)}=${enc(v)}`).join('&');
  return text === '' ? '' : `?${text}`;
}

function enc(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':').replaceAll('%40', '@').replaceAll('%2C', ',');
}

/** Goes somewhere within the page. */
export function go(href: string, replace = false): void {
  const url = new URL(href, location.href);
  const isArrival = url.pathname !== route.path;
  history[replace ? 'replaceState' : 'pushState'](null, '', url);
  take(url, isArrival);
  if (isArrival) scrollTo(0, 0);
}

function take(url: URL, isArrival: boolean): void {
  route.path = url.pathname;
  route.query = read(url.search);
  if (isArrival) route.arrivals += 1;
}

/** The address with some parts of the query changed; `undefined` takes one out. */
export function withQuery(changes: Record<string, string | undefined>, path = route.path): string {
  const query: Query = { ...route.query };
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete query[name];
    else query[name] = value;
  }
  return path + search(query);
}

/** Whether a figure of this page is shown as a table: a picture is what it is without a word. */
export function hasTable(name: string): boolean {
  return tables().includes(name);
}

/** The address in which it is the other way round. */
export function toggledTable(name: string): string {
  const others = tables().filter((known) => known !== name);
  // In one order, so that what is the same has one address.
  const wanted = hasTable(name) ? others : [...others, name].sort();
  return withQuery({ table: wanted.length > 0 ? wanted.join(',') : undefined });
}

function tables(): string[] {
  return route.query.table?.split(',') ?? [];
}

/** What of the query goes along from page to page. */
const KEPT = ['period', 'from', 'to', 'channel', 'as_of', 'cut', 'lang'];

/** Another page, for the same period and channel. */
export function page(path: string): string {
  const kept: Query = {};
  for (const name of KEPT) {
    const value = route.query[name];
    if (value !== undefined) kept[name] = value;
  }
  return path + search(kept);
}

/** Links within the page do not load it anew; whatever else is clicked is the browser's. */
export function listen(): void {
  addEventListener('popstate', () => take(new URL(location.href), location.pathname !== route.path));
  addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest?.('a');
    const href = link?.getAttribute('href');
    if (!link || !href || link.hasAttribute('download') || link.getAttribute('target')) return;
    if (!href.startsWith('/') || /^\/(v1|errors|metrics|openapi)/.test(href)) return;
    event.preventDefault();
    go(href);
  });
}
