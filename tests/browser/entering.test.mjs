// Who may look: nobody without a link, which works once; a session that ends takes the numbers away.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, closeBrowser, start, tab } from './house.mjs';

let house;
before(async () => {
  house = await start({ leads: 100 });
});
after(async () => {
  await closeBrowser();
  await house.close();
});

const ADDRESSES = ['/', '/drop-offs', '/channels', '/findings', '/leads', '/system', '/customers', '/customers/clinic-1'];

test('a stranger is shown how to come in and nothing else', async () => {
  for (const [locale, title, size] of [
    ['en-GB', 'This page needs a link', 'desktop'],
    ['de-DE', 'Diese Seite braucht einen Link', 'phone'],
  ]) {
    const { page, go, close } = await tab(house, { isStranger: true, locale, size });
    const answers = [];
    page.on('response', (answer) => answer.url().includes('/v1/') && answers.push(answer.status()));
    for (const address of ADDRESSES) {
      await go(address);
      assert.equal(await page.locator('h1').innerText(), title, address);
      assert.equal(await page.locator('main a[data-count], main table, main svg').count(), 0, address);
    }
    assert.ok(answers.length > 0 && answers.every((status) => status === 401), `${answers}`);
    assert.match(await page.locator('main').innerText(), /desirepath link/);
    assert.deepEqual(await axe(page), []);
    const width = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(width <= 0, `${size}: ${width} px too wide`);
    await close();
  }
});

test('a link lets one browser in, once, and leaves no trace of itself', async () => {
  const link = house.link();
  const first = await tab(house, { isStranger: true });
  await first.page.goto(link);
  await first.page.locator('a[data-count]').first().waitFor();
  assert.equal(first.page.url(), `${house.url}/`);
  const [cookie] = await first.context.cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Strict']);
  assert.equal(await first.page.evaluate(() => document.cookie), '');
  await first.page.goto(link);
  await first.page.locator('a[data-count]').first().waitFor();
  await first.check();
  const second = await tab(house, { isStranger: true });
  await second.page.goto(link);
  assert.equal(await second.page.locator('h1').innerText(), 'This page needs a link');
  await second.close();
  await first.close();
});

test('a session that is revoked takes the numbers away from the page that is open', async () => {
  const { page, go, close } = await tab(house);
  await go('/');
  await page.locator('a[data-count]').first().waitFor();
  for (const { id } of house.own('key', 'list').filter(({ right }) => right === 'session')) {
    house.own('key', 'revoke', id);
  }
  await page.getByRole('heading', { name: 'This page needs a link' }).waitFor();
  assert.equal(await page.locator('main a[data-count]').count(), 0);
  await close();
});
