// What every test stands in: the program on data of its own, a browser, and its promises, which hold
// in every test: nothing leaves the origin, nothing breaks the policy, nothing is logged as an error.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const PROGRAM = process.env.DESIREPATH;
if (!PROGRAM) throw new Error('DESIREPATH does not name the program: run tests/browser/browser.sh');
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** A running instance; `leads` of the simulated clinic are its past, none makes it empty. */
export async function start({ leads = 0, seed = 1 } = {}) {
  const data = mkdtempSync(join(tmpdir(), 'desirepath-browser-'));
  if (leads > 0) {
    const past = ['demo', '--once', '--leads', String(leads), '--seed', String(seed), '--data', data];
    execFileSync(PROGRAM, past, { stdio: ['ignore', 'ignore', 'pipe'] });
  }
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const instance = spawn(PROGRAM, ['run', '--data', data, '--listen', `127.0.0.1:${port}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  instance.stderr.on('data', (bytes) => (said += bytes));
  const ended = new Promise((resolve) => instance.on('exit', resolve));
  for (let turn = 0; ; turn += 1) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) break;
    if (turn > 300 || instance.exitCode !== null) throw new Error(`not ready: ${said}`);
    await pause(100);
  }
  const own = (...words) =>
    lines(execFileSync(PROGRAM, [...words, '--json', '--data', data]));
  const [{ key }] = own('key', 'create', 'admin');
  const headers = { authorization: `Bearer ${key}` };
  const asked = { maxBuffer: 1 << 28, env: { ...process.env, DESIREPATH_KEY: key } };
  return {
    url,
    data,
    /** What a command about the folder itself prints, a row each. */
    own,
    /** An address that lets a browser in, once. */
    link: () => own('link')[0].link,
    /** Asked as a program does, with a key. */
    fetch: (path, more = {}) => fetch(url + path, { ...more, headers: { ...headers, ...more.headers } }),
    /** What the command line prints as JSON. */
    ask: (...words) => JSON.parse(execFileSync(PROGRAM, [...words, '--json', '--url', url], asked)),
    /** Lines of JSON, one a row. */
    list(...words) {
      return lines(execFileSync(PROGRAM, [...words, '--json', '--url', url], asked));
    },
    async send(...touchpoints) {
      const body = JSON.stringify(touchpoints);
      const answer = await fetch(`${url}/v1/touchpoints`, { method: 'POST', body, headers });
      if (answer.status !== 202) throw new Error(await answer.text());
    },
    async spend(cost) {
      const answer = await fetch(`${url}/v1/costs`, { method: 'POST', body: JSON.stringify(cost), headers });
      if (answer.status !== 202) throw new Error(await answer.text());
    },
    async close() {
      instance.kill('SIGTERM');
      await ended;
      rmSync(data, { recursive: true, force: true });
    },
  };
}

const lines = (text) => text.toString().trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));

/** A touchpoint of now. */
let sent = 0;
export function touchpoint(customer, kind, channel = 'chat', more = {}) {
  sent += 1;
  const time = new Date().toISOString();
  return { event_id: `t-${process.pid}-${sent}`, source: 'test', time, customer_id: customer, channel, kind, ...more };
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

let browser;
export async function open() {
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is missing: run tests/browser/browser.sh`);
  browser ??= await chromium.launch({
    executablePath: CHROMIUM,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  return browser;
}
export async function closeBrowser() {
  await browser?.close();
  browser = undefined;
}

export const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 320, height: 640 } };

/**
 * A tab, as somebody has set their browser up; `check` says what was wrong in it. A new person comes
 * in by a link first, unless they are a stranger.
 */
export async function tab(instance, { size, scheme, locale, context, isStranger = false } = {}) {
  const held = context ?? (await person({ size, scheme, locale }));
  if (!context && !isStranger) await enter(held, instance);
  const page = await held.newPage();
  const faults = [];
  page.on('console', (message) => message.type() === 'error' && faults.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${instance.url}/`) && !url.startsWith('data:')) faults.push(`request to ${url}`);
  });
  await page.addInitScript(() => {
    window.broken = [];
    document.addEventListener('securitypolicyviolation', (event) =>
      window.broken.push(`${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  return {
    page,
    context: held,
    go: (path) => visit(page, instance.url + path),
    async check() {
      const broken = await page.evaluate(() => window.broken ?? []);
      const all = [...faults, ...broken.map((text) => `policy: ${text}`)];
      if (all.length > 0) throw new Error(all.join('\n'));
    },
    async close() {
      await (context ? page : held).close();
    },
  };
}

/** Comes in by a link, as somebody who opens it. */
export async function enter(context, instance) {
  const answer = await context.request.get(instance.link(), { maxRedirects: 0 });
  if (answer.status() !== 303) throw new Error(`the link answers ${answer.status()}`);
}

export async function person({ size = 'desktop', scheme = 'light', locale = 'en-GB' } = {}) {
  const held = await (await open()).newContext({
    viewport: SIZES[size],
    colorScheme: scheme,
    locale,
    // The browser of somebody who is elsewhere: days are cut by the business's clock all the same.
    timezoneId: 'Pacific/Auckland',
    reducedMotion: 'reduce',
    hasTouch: size === 'phone',
  });
  held.setDefaultTimeout(15_000);
  return held;
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe finds on a page. */
export async function axe(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), RULES);
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary?.split('\n')[1] ?? ''}`));
}

/** Goes to an address and waits until its numbers are there. */
export async function visit(page, url) {
  await page.goto(url);
  await settled(page);
}

export async function settled(page) {
  await page.locator('main h1').first().waitFor();
  await page.waitForFunction(() => {
    const main = document.querySelector('main');
    return main && !main.querySelector('[role="status"].soft, .waiting') && !main.querySelector('h1.hidden');
  });
}
