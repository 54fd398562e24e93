// Who sees little, holds a phone, uses keys alone or another language can do everything.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, closeBrowser, settled, start, tab } from './house.mjs';

let house;
let pages;
before(async () => {
  house = await start({ leads: 600, seed: 3 });
  const [{ customer }] = house.list('customers', '--flow-stage', 'retention');
  pages = [
    '/',
    '/?channel=ads',
    '/drop-offs?period=all',
    '/channels?period=all',
    '/findings',
    '/leads',
    '/system',
    '/customers?flow-stage=decision',
    `/customers/${customer}`,
    '/customers/nobody',
    '/?from=2001-01-01&to=2001-01-07',
  ];
});
after(async () => {
  await closeBrowser();
  await house.close();
});

const isMissing = (address) => address === '/customers/nobody';

for (const locale of ['en-GB', 'de-DE']) {
  test(`on a phone no word is broken into letters and nothing lies over another in ${locale}`, async () => {
    const { go, page, check, close } = await tab(house, { size: 'phone', locale });
    await go('/leads');
    const heights = await page.locator('.who').evaluateAll((all) => all.map((who) => who.offsetHeight));
    assert.ok(heights.length > 10 && Math.max(...heights) < 32, `a line each: ${heights}`);
    await go('/system');
    const texts = page.locator('svg text');
    const boxes = await texts.evaluateAll((all) => all.map((text) => text.getBoundingClientRect().toJSON()));
    const overlaps = boxes.flatMap((one, at) =>
      boxes.slice(at + 1).filter((two) => one.left < two.right && two.left < one.right && one.top < two.bottom && two.top < one.bottom),
    );
    assert.ok(boxes.length >= 3);
    assert.deepEqual(overlaps, []);
    for (const address of ['/', '/drop-offs', '/channels']) {
      await go(`${address}?period=30d`);
      const edges = await page.evaluate(() => [
        document.querySelector('.step').getBoundingClientRect().right,
        document.querySelector('main').getBoundingClientRect().right,
      ]);
      assert.ok(edges[0] <= edges[1], `${address}: ${edges}`);
    }
    await check();
    await close();
  });
}

for (const size of ['desktop', 'phone']) {
  for (const scheme of ['light', 'dark']) {
    test(`axe finds nothing on a ${size} in ${scheme}`, async () => {
      const { go, page, check, close } = await tab(house, { size, scheme });
      for (const address of pages) {
        await go(address);
        assert.deepEqual(await axe(page), [], address);
        for (const button of await page.getByRole('button', { name: 'Table' }).all()) await button.click();
        assert.deepEqual(await axe(page), [], `${address}, as tables`);
        if (isMissing(address)) continue;
      }
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
      assert.deepEqual(await axe(page), [], 'the list of keys');
      await check().catch((error) => assert.match(error.message, /404/));
      await close();
    });
  }
}

test('at 320 pixels nothing lies beyond the edge, and all that is touched is large enough', async () => {
  for (const locale of ['en-GB', 'de-DE']) {
    const { go, page, close } = await tab(house, { size: 'phone', locale });
    for (const address of pages) {
      await go(address);
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(beyond <= 0, `${address} is ${beyond} pixels too wide in ${locale}`);
      const small = await page.evaluate(() =>
        [...document.querySelectorAll('button, select, input, nav a, .states a, li[data-row] > a')]
          .map((element) => [element, element.getBoundingClientRect()])
          .filter(([, box]) => box.width > 0 && box.height < 24)
          .map(([element, box]) => `${element.outerHTML.slice(0, 80)} ${box.height}`),
      );
      assert.deepEqual(small, [], address);
    }
    await close();
  }
});

test('everything is reached by keys, and what has the focus is seen', async () => {
  const { go, page, check, close } = await tab(house);
  for (const address of ['/', '/drop-offs', '/leads']) {
    await go(address);
    await page.evaluate(() => document.activeElement?.blur());
    const seen = new Set();
    for (let presses = 0; presses < 200; presses += 1) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return null;
        const box = element.getBoundingClientRect();
        const style = getComputedStyle(element);
        const stroke = element.querySelector?.('path') ? getComputedStyle(element.querySelector('path')).strokeWidth : '0px';
        const header = document.querySelector('header').getBoundingClientRect();
        const isHeader = element.closest('header') || element.classList.contains('skip');
        return {
          name: `${element.tagName} ${element.getAttribute('href') ?? element.textContent?.slice(0, 30)}`,
          isShown: style.outlineStyle !== 'none' || stroke !== '0px' || element.tagName === 'MAIN',
          isCovered: !isHeader && box.top < header.bottom - 2 && box.bottom > 0 && box.height < 400,
        };
      });
      if (at === null || (at.name.startsWith('A #numbers') && presses > 0)) break;
      assert.ok(at.isShown, `${address}: nothing shows the focus of ${at.name}`);
      assert.ok(!at.isCovered, `${address}: the header lies over ${at.name}`);
      seen.add(at.name);
    }
    const wanted = await page.locator('main a[href], main button:enabled, main select').count();
    assert.ok(seen.size >= Math.min(wanted, 20), `${address}: ${seen.size} of ${wanted} reached`);
  }
  await check();
  await close();
});

test('single keys choose periods and pages, and can be turned off', async () => {
  const { go, page, check, close } = await tab(house);
  await go('/');
  const query = () => new URL(page.url()).search;
  for (const [key, expected] of [['w', '?period=7d'], ['a', '?period=all'], ['m', ''], ['q', '?period=90d']]) {
    await page.keyboard.press(key);
    assert.equal(query(), expected, key);
  }
  await settled(page);
  await page.keyboard.press('ArrowLeft');
  await page.waitForURL(/from=/);
  const before = new URL(page.url()).searchParams;
  await settled(page);
  await page.keyboard.press('ArrowRight');
  await page.waitForURL((url) => url.searchParams.get('from') !== before.get('from'));
  await page.keyboard.press('Escape');
  assert.equal(query(), '');
  for (const [key, path] of [['d', '/drop-offs'], ['c', '/channels'], ['f', '/findings'], ['l', '/leads'], ['s', '/system'], ['j', '/']]) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    assert.equal(new URL(page.url()).pathname, path);
    await settled(page);
  }
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await settled(page);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  const second = await page.locator('[data-row] a').nth(1).getAttribute('href');
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('href')), second);
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/customers\//);
  await page.goBack();
  await settled(page);
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.type), 'search');
  await page.keyboard.type('wmq');
  assert.equal(new URL(page.url()).pathname, '/leads');
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('?');
  await page.getByRole('checkbox').uncheck();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.keyboard.press('g');
  await page.keyboard.press('j');
  assert.equal(new URL(page.url()).pathname, '/leads');
  await check();
  await close();
});

test('the reader’s language is spoken, by the browser or by the address', async () => {
  const { go, page, check, close } = await tab(house, { locale: 'de-DE' });
  for (const address of pages.filter((address) => !isMissing(address))) {
    await go(address);
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
    const text = await page.locator('body').innerText();
    assert.doesNotMatch(text, /[{}]|undefined|NaN|\[object/, address);
    assert.doesNotMatch(text, /\b(still open|went on|of those decided|Journey)\b/, address);
  }
  await go('/?lang=en');
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
  assert.match(await page.locator('h1').innerText(), /journeys began/);
  await page.getByRole('link', { name: 'Deutsch' }).click();
  assert.match(await page.locator('h1').innerText(), /Wege begannen/);
  await check();
  await close();
});

test('days are those of the business, wherever the browser is', async () => {
  const { go, page, check, close } = await tab(house);
  await go('/?period=1d');
  const { period } = house.ask('report', 'funnel', '--period', '1d');
  const shown = await page.evaluate(() => document.querySelector('main').innerText);
  const date = new Date(`${period.to}T00:00Z`).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
  assert.ok(shown.includes(date), `${date} is not in: ${shown.slice(0, 200)}`);
  await check();
  await close();
});

test('the page is small', async () => {
  const { gzipSync } = await import('node:zlib');
  const document = await (await fetch(`${house.url}/`)).text();
  let bytes = 0;
  for (const [, file] of document.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
    bytes += gzipSync(await (await fetch(house.url + file)).text()).length;
  }
  assert.ok(bytes > 10_000 && bytes < 90_000, `${bytes} bytes`);
});
