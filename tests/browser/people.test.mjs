// Every number leads to exactly the people behind it: a robot follows each of them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowser, pause, settled, start, tab, touchpoint } from './house.mjs';

let house;
before(async () => {
  house = await start({ leads: 900, seed: 2 });
  // Partitions that stand at different times: the last touchpoint of each is another's past.
  for (const name of ['ann', 'bob', 'cyd', 'dan', 'eva', 'fay']) {
    await house.send(touchpoint(`robot-${name}`, 'enquiry_received'), touchpoint(`robot-${name}`, 'quote_sent', 'email'));
    await pause(120);
  }
});
after(async () => {
  await closeBrowser();
  await house.close();
});

const PAGES = [
  '/',
  '/?period=all',
  '/?period=7d',
  '/?period=90d&channel=ads',
  '/drop-offs?period=90d',
  '/drop-offs?period=all&stage=consideration&channel=social',
  '/objections',
  '/objections?period=all',
  '/objections?period=all&stage=decision&objection=all',
  '/channels',
  '/channels?period=all',
  '/leads',
  '/leads?stage=decision',
  '/system',
];
/** What must be among the links of a page: those that are easily lost. */
const LISTS = {
  '/drop-offs?period=90d': ['duration-bucket=', 'duration-outcome=cold%7Clost', 'edge-to_stage='],
  '/objections?period=all': ['objection-outcome=cold%7Clost', 'objection-next=', 'objection-outcome=lost'],
  '/channels': ['flow-outcome=converted%7Cexpired', 'activity-channel='],
  '/system': ['window=1h'],
};
/**
 * Columns of counts that no list can say: of open people by how long they wait, of records, or of
 * conversions by a touch on the way to them.
 */
const UNLISTED = [
  ...['Still followed', 'Records in', 'Counted', 'Duplicates', 'Late', 'Unreadable', 'Contradicting', 'Waiting'],
  ...['First touch', 'Last touch', 'Took part', 'More conversions needed'],
];

for (const address of PAGES) {
  test(`every count of ${address} is as long as its list`, async () => {
    const { go, page, check, close } = await tab(house);
    await go(address);
    // The tables hold more numbers than the pictures.
    const read = () => page.locator('main a[data-count]').evaluateAll((links) =>
      links.map((link) => ({ href: link.getAttribute('href'), n: Number(link.dataset.count) })),
    );
    const found = await read();
    for (const button of await page.getByRole('button', { name: 'Table' }).all()) {
      await button.click();
      found.push(...(await read()));
    }
    const plain = await page.locator('main td.number').evaluateAll((cells) =>
      cells
        .filter((cell) => /^[\d,]+$/.test(cell.innerText.trim()) && !cell.querySelector('a[data-count]'))
        .map((cell) => cell.closest('table').querySelectorAll('th[scope=col]')[cell.cellIndex].textContent.trim()),
    );
    assert.deepEqual([...new Set(plain)].filter((heading) => !UNLISTED.includes(heading)), [], 'counts without a link');
    for (const part of LISTS[address] ?? []) {
      assert.ok(found.some(({ href }) => href.includes(part)), `no count leads to ${part}`);
    }
    const counts = new Map(found.map(({ href, n }) => [`${href} ${n}`, { href, n }]));
    assert.ok(counts.size >= (address.startsWith('/leads') ? 1 : 10), `${counts.size} counts`);
    for (const { href, n } of counts.values()) {
      // What the page asks for is what the link says.
      const [, query] = href.split('?');
      const answer = await house.fetch(`/v1/customers?${query}`);
      const list = await answer.json();
      assert.equal(answer.status, 200, `${href}: ${JSON.stringify(list)}`);
      assert.equal(list.total, n, `${href} says ${n}`);
    }
    await check();
    await close();
  });
}

test('a click opens the list, which says how long it is, and back leads back', async () => {
  const { go, page, check, close } = await tab(house);
  await go('/?period=all');
  const links = page.locator('main .states a[data-count], main h1 a[data-count]');
  for (let at = 0; at < (await links.count()); at += 1) {
    const n = Number(await links.nth(at).getAttribute('data-count'));
    await links.nth(at).click();
    const line = page.locator('[data-total]');
    await line.waitFor();
    assert.equal(Number(await line.getAttribute('data-total')), n);
    const rows = await page.locator('tbody tr').count();
    assert.equal(rows, Math.min(n, 100));
    await page.goBack();
    await settled(page);
    assert.ok(page.url().endsWith('/?period=all'));
  }
  await check();
  await close();
});

test('a long list is read to its end, a row each', async () => {
  const { go, page, check, close } = await tab(house);
  await go('/customers?flow-stage=awareness');
  const total = Number(await page.locator('[data-total]').getAttribute('data-total'));
  assert.ok(total > 200, `${total} rows are no long list`);
  for (let rows = 100; rows < total; rows = Math.min(rows + 100, total)) {
    assert.equal(await page.locator('tbody tr').count(), rows);
    await page.getByRole('button', { name: /^Show / }).click();
    await page.waitForFunction((n) => document.querySelectorAll('tbody tr').length > n, rows);
  }
  assert.equal(await page.locator('tbody tr').count(), total);
  assert.equal(house.list('customers', '--flow-stage', 'awareness').length, total);
  await check();
  await close();
});

test('leads stand in the order in which they go cold', async () => {
  const { go, page, check, close } = await tab(house);
  await go('/leads');
  const shown = await page.locator('li[data-row] a').allInnerTexts();
  const open = house.list('customers', '--flow-outcome', 'open');
  open.sort((a, b) => ((a.cold_at ?? '9') < (b.cold_at ?? '9') ? -1 : 1));
  assert.deepEqual(shown.slice(0, 20), open.slice(0, 20).map((row) => row.customer));
  await check();
  await close();
});

test('a timeline has every touchpoint of its customer and what it changed', async () => {
  const { go, page, check, close } = await tab(house);
  const [{ customer }] = house.list('customers', '--flow-stage', 'retention');
  await go(`/customers/${customer}`);
  const { timeline } = house.ask('customer', customer);
  assert.equal(await page.locator('li[data-row]').count(), timeline.length);
  const changes = timeline.reduce((sum, row) => sum + row.steps.length, 0);
  assert.equal(await page.locator('.changes > span').count(), changes);
  await go('/leads');
  await page.getByRole('searchbox').fill('nobody-at-all');
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('alert').waitFor();
  assert.match(await page.getByRole('alert').innerText(), /there is no customer/);
  await close();
});
