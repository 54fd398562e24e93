// What stops people: the page says what the report prints, and whoever reads a message corrects it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowser, start, tab, touchpoint } from './house.mjs';

let house;
before(async () => {
  house = await start({ leads: 900, seed: 4 });
});
after(async () => {
  await closeBrowser();
  await house.close();
});

const printed = (name, ...words) => house.ask('report', 'objections', ...words).tables.find((table) => table.name === name).rows;

test('the page shows what report objections prints, in every period', async () => {
  const { go, page, check, close } = await tab(house);
  for (const [query, words] of [
    ['?period=all', []],
    ['?period=90d', ['--period', '90d']],
  ]) {
    await go(`/objections${query}`);
    const rows = printed('objections', ...words);
    assert.ok(rows.length > 4, `${rows.length} rows`);
    for (const { stage, objection, entries, share } of rows) {
      const cell = page.locator(`tr[data-objection="${objection}"] td`).filter({ has: page.locator(`a[href*="objection-stage=${stage}&"]`) });
      assert.equal(Number(await cell.locator('a[data-count]').getAttribute('data-count')), entries, `${stage} ${objection}`);
      const digits = share.part / share.whole < 0.1 ? 1 : 0;
      const percent = (share.part / share.whole).toLocaleString('en', { style: 'percent', minimumFractionDigits: digits });
      assert.ok((await cell.innerText()).startsWith(percent), `${stage} ${objection}: ${await cell.innerText()} says ${percent}`);
    }
  }
  const most = printed('objections').filter((row) => row.objection !== 'all').sort((a, b) => b.entries - a.entries)[0];
  await go('/objections?period=all');
  assert.equal(Number(await page.locator('h1 a[data-count]').getAttribute('data-count')), most.entries);
  await check();
  await close();
});

test('a share leads to what came after it, each answer with those who went on', async () => {
  const { go, page, check, close } = await tab(house);
  await go('/objections?period=all');
  const { stage, objection } = printed('objections').find((row) => row.objection !== 'all');
  await page.locator(`tr[data-objection="${objection}"] a.share[href*="stage=${stage}"]`).click();
  await page.waitForURL(new RegExp(`objection=${objection}`));
  const answers = printed('answers').filter((row) => row.stage === stage && row.objection === objection);
  for (const { next, entries, plain } of answers) {
    const line = page.locator(`li[data-next="${next}"]`);
    assert.equal(Number(await line.locator('a[data-count]').first().getAttribute('data-count')), entries, next);
    if (plain) assert.ok((await line.innerText()).includes(plain), plain);
  }
  assert.equal(await page.locator('li[data-next]').count(), answers.length);
  await check();
  await close();
});

test('a message is hidden until it is asked for, and a click corrects what it is about', async () => {
  const { go, page, check, close } = await tab(house);
  const text = 'Honestly, that is far too expensive for me.';
  await house.send(touchpoint('read-me', 'enquiry_received'), touchpoint('read-me', 'message_received', 'chat', { text }));
  const of = (label) => house.list('customers', '--objection-objection', label).filter((row) => row.customer === 'read-me').length;
  assert.equal(of('price'), 1);
  await go('/customers?objection-objection=price');
  while (await page.getByRole('button', { name: /^Show / }).count()) {
    const rows = await page.locator('tbody tr').count();
    await page.getByRole('button', { name: /^Show / }).click();
    await page.waitForFunction((n) => document.querySelectorAll('tbody tr').length > n, rows);
  }
  assert.equal(await page.getByText(text).count(), 0, 'nobody has asked for it');
  const row = page.locator('tbody tr').filter({ has: page.getByRole('link', { name: 'read-me', exact: true }) });
  await row.getByRole('button', { name: 'Read what read-me wrote' }).click();
  await row.getByText(text).waitFor();
  await row.getByLabel('This is about').selectOption('timing');
  await row.getByText('Corrected. It is counted in a moment.').waitFor();
  for (let turn = 0; of('timing') === 0 && turn < 50; turn += 1) await page.waitForTimeout(100);
  assert.deepEqual([of('price'), of('timing')], [0, 1]);
  const [{ labelled_by }] = house.list('customers', '--objection-objection', 'timing').filter((row) => row.customer === 'read-me');
  assert.equal(labelled_by, 'person');
  await go('/customers?objection-objection=timing');
  await page.locator('tbody tr').filter({ hasText: 'read-me' }).getByText('said by a person').waitFor();
  await check();
  await close();
});

test('in German the page speaks German, its sentences from the report as well', async () => {
  const { go, page, check, close } = await tab(house, { locale: 'de-DE' });
  await go('/objections?period=all');
  await page.getByRole('heading', { level: 1 }).filter({ hasText: 'Am meisten hält die Leute auf' }).waitFor();
  const told = printed('objections').filter((row) => row.plain_de !== '').map((row) => row.plain_de);
  const said = await page.locator('figure').nth(1).innerText();
  assert.ok(told.some((plain) => said.includes(plain)), said);
  await check();
  await close();
});
