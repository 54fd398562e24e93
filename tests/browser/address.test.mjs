// The address is the whole state: what it says is what whoever opens it sees.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowser, settled, start, tab } from './house.mjs';

let house;
before(async () => {
  house = await start({ leads: 600, seed: 4 });
});
after(async () => {
  await closeBrowser();
  await house.close();
});

/** Which figures are tables, in the order in which they stand. */
const tables = (page) =>
  page.locator('figure').evaluateAll((figures) => figures.map((figure) => figure.querySelector('table') !== null));

test('picture or table is in the address: sent, loaded anew and gone back to', async () => {
  const { go, page, context, check, close } = await tab(house);
  await go('/drop-offs?period=90d&stage=consideration');
  const buttons = page.getByRole('button', { name: 'Table' });
  const address = () => page.url().slice(house.url.length);
  const states = [
    ['/drop-offs?period=90d&stage=consideration', [false, false, false]],
    ['/drop-offs?period=90d&stage=consideration&table=last', [false, false, true]],
    ['/drop-offs?period=90d&stage=consideration&table=curve,last', [true, false, true]],
    ['/drop-offs?period=90d&stage=consideration&table=curve', [true, false, false]],
  ];
  const seen = async ([expected, shown]) => {
    assert.equal(address(), expected);
    assert.deepEqual(await tables(page), shown, expected);
    const pressed = await buttons.evaluateAll((all) => all.map((one) => one.getAttribute('aria-pressed') === 'true'));
    assert.deepEqual(pressed, shown, expected);
  };
  await seen(states[0]);
  for (const [at, button] of [2, 0, 2].entries()) {
    await buttons.nth(button).click();
    await seen(states[at + 1]);
  }
  await page.reload();
  await settled(page);
  await seen(states[3]);
  for (const state of [states[2], states[1], states[0]]) {
    await page.goBack();
    await seen(state);
  }
  for (const state of [states[1], states[2]]) {
    await page.goForward();
    await seen(state);
  }
  // Another period is no other choice; another page has figures of its own.
  await page.getByLabel('Period').selectOption('365d');
  await settled(page);
  await seen(['/drop-offs?period=365d&stage=consideration&table=curve,last', states[2][1]]);
  const other = await tab(house, { context });
  await other.go(address());
  assert.deepEqual(await tables(other.page), states[2][1]);
  await page.getByRole('link', { name: 'Channels' }).click();
  await settled(page);
  await seen(['/channels?period=365d', [false, false, false]]);
  await other.check();
  await check();
  await close();
});

test('an address that nobody can read breaks nothing: the page says what is wrong', async () => {
  const { go, page, close } = await tab(house);
  for (const [address, said] of [
    ['/?as_of=yesterday', /as_of/],
    ['/?from=soon&to=later', /from/],
    ['/customers?flow-stage=decision&from=soon&to=later', /from/],
    ['/customers?flow-constructor=x', /filter/],
    ['/customers?flow-stage=constructor', /never/],
    ['/customers?activity-stage=none&window=1h@Tuesday', /window/],
  ]) {
    await go(address);
    await page.getByRole('alert').first().waitFor();
    assert.match(await page.getByRole('alert').first().innerText(), said, address);
  }
  await go('/customers/%E0%A4%A');
  await page.getByRole('heading', { name: 'There is no such page.' }).waitFor();
  await go('/channels?table=nothing,,channels&channel=constructor');
  assert.deepEqual(await tables(page), [false, true, false]);
  await close();
});

test('a list says which hour it is of, and keeps its rows in another language', async () => {
  const { go, page, check, close } = await tab(house);
  await go('/system');
  const most = page.locator('figure svg > a').last();
  const n = Number(await most.getAttribute('data-count'));
  await most.click();
  const line = page.locator('[data-total]');
  await line.waitFor();
  assert.equal(Number(await line.getAttribute('data-total')), n);
  assert.match(await page.locator('.chosen').innerText(), /^\d+ \w+ \d{4}, \d\d:00 \(1 hour\)$/);
  const list = page.url();
  await page.keyboard.press('Escape');
  assert.equal(page.url(), list, 'the list of another number');
  // A list has the address of its number, which is no state of the pages.
  await page.getByRole('link', { name: 'System' }).click();
  await settled(page);
  assert.ok(!page.url().includes('window='), page.url());
  await go('/customers?flow-stage=awareness');
  await page.getByRole('button', { name: /^Show / }).click();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length > 100);
  const rows = await page.locator('tbody tr').count();
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await page.getByRole('heading', { name: 'Die Leute hinter der Zahl' }).waitFor();
  assert.equal(await page.locator('tbody tr').count(), rows);
  await check();
  await close();
});
