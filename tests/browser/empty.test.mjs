// The two empty states: nothing ever, and nothing in this period; each with the next step.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { closeBrowser, start, tab, touchpoint } from './house.mjs';

let house;
before(async () => {
  house = await start();
});
after(async () => {
  await closeBrowser();
  await house.close();
});

test('where nothing has come in the page says how to send it, and fills by itself once it comes', async () => {
  const { go, page, check, close } = await tab(house);
  for (const address of ['/leads', '/channels', '/']) {
    await go(address);
    assert.match(await page.locator('h1').innerText(), /Nothing has come in yet/);
  }
  // The command that it shows is one that works.
  const command = await page.locator('pre').innerText();
  assert.ok(command.includes(`${house.url}/v1/touchpoints`));
  const body = command.slice(command.indexOf("'") + 1, command.lastIndexOf("'"));
  assert.match(command, /^KEY=\$\(desirepath key create ingest\)\n/);
  const [{ key }] = house.own('key', 'create', 'ingest');
  const header = /-H "Authorization: Bearer \$KEY"/.exec(command);
  assert.ok(header, command);
  const headers = { authorization: `Bearer ${key}` };
  const answer = await fetch(`${house.url}/v1/touchpoints`, { method: 'POST', body, headers });
  assert.deepEqual(await answer.json(), { accepted: 1, refused: [] });
  await page.locator('#stage-consideration').waitFor();
  assert.match(await page.locator('h1').innerText(), /1 journeys? began/);
  await check();
  await close();
});

test('a file of touchpoints is taken where it is dropped or chosen', async () => {
  const other = await start();
  const { go, page, check, close } = await tab(other);
  await go('/');
  const file = join(other.data, 'some.jsonl');
  const lines = ['a', 'b'].map((name) => JSON.stringify(touchpoint(`file-${name}`, 'enquiry_received')));
  writeFileSync(file, `${lines.join('\n')}\n{"no": "touchpoint"}\n`);
  await page.locator('input[type="file"]').setInputFiles(file);
  await page.locator('#stage-consideration').waitFor();
  assert.equal(await page.locator('#stage-consideration .entered a').getAttribute('data-count'), '2');
  await check();
  await close();
  await other.close();
});

test('a period without numbers leads to one that has some', async () => {
  await house.send(touchpoint('period-one', 'enquiry_received'));
  const { go, page, check, close } = await tab(house);
  for (const address of ['/', '/drop-offs', '/channels']) {
    await go(`${address}?from=2001-01-01&to=2001-01-07`);
    assert.match(await page.locator('h1').innerText(), /Nothing in this period/);
    await page.getByRole('link', { name: 'Show everything' }).click();
    await page.locator('a[data-count]').first().waitFor();
  }
  await check();
  await close();
});

test('what cannot be answered says why and where to read on', async () => {
  const { go, page, close } = await tab(house);
  await go('/?period=nonsense');
  const alert = page.getByRole('alert');
  assert.match(await alert.innerText(), /nonsense.*say 30d/);
  const href = await alert.getByRole('link').getAttribute('href');
  assert.match(href, /^\/errors\/D\d{4}$/);
  assert.equal((await fetch(house.url + href)).status, 200);
  await close();
});

test('an instance that has gone is waited for, with the numbers that were there', async () => {
  const other = await start({ leads: 100 });
  const { go, page, close } = await tab(other);
  await go('/?period=all');
  const before = await page.locator('#stage-awareness .entered a').innerText();
  await other.close();
  await page.waitForTimeout(1_500);
  assert.equal(await page.locator('#stage-awareness .entered a').innerText(), before);
  await close();
});
