// The numbers on the page are those of the command line, to the digit, and move as touchpoints arrive.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { closeBrowser, start, tab, touchpoint } from './house.mjs';

let house;
before(async () => {
  house = await start({ leads: 900 });
});
after(async () => {
  await closeBrowser();
  await house.close();
});

/** The counts of a stage's block, in the order in which they stand. */
const blockCounts = (page, stage) =>
  page.locator(`#stage-${stage} .entered a, #stage-${stage} .states a`).evaluateAll((links) => links.map((link) => Number(link.dataset.count)));

test('the journey shows what report funnel prints, in every period', async () => {
  const { go, page, check, close } = await tab(house);
  for (const [query, words] of [
    ['', ['--period', '30d']],
    ['?period=all', []],
    ['?period=7d', ['--period', '7d']],
    ['?from=2020-01-01&to=2035-12-31', ['--from', '2020-01-01', '--to', '2035-12-31']],
  ]) {
    // Somebody may go cold between the two: then both are asked once more.
    for (let turn = 0; ; turn += 1) {
      await go(`/${query}`);
      const shown = {};
      const { tables } = house.ask('report', 'funnel', ...words);
      for (const { stage } of tables[0].rows) shown[stage] = await blockCounts(page, stage);
      const printed = Object.fromEntries(
        tables[0].rows.map((row) => [row.stage, [row.entered, row.converted, row.expired, row.open]]),
      );
      if (turn < 3 && JSON.stringify(shown) !== JSON.stringify(printed)) continue;
      assert.deepEqual(shown, printed, query);
      break;
    }
  }
  await check();
  await close();
});

test('bands are the moves of report moves, and the table beside the picture says the same', async () => {
  const { go, page, check, close } = await tab(house);
  await go('/?period=all');
  const drawn = await page.locator('svg a[data-count]').evaluateAll((links) =>
    links.map((link) => [new URL(link.getAttribute('href'), location.href).searchParams, Number(link.dataset.count)])
      .map(([query, n]) => `${query.get('move-from')} ${query.get('move-to')} ${n}`),
  );
  const { tables } = house.ask('report', 'moves');
  const stages = house.ask('report', 'system').tables.find((table) => table.name === 'stages').rows.map((row) => row.stage);
  const printed = tables[0].rows
    .filter(({ from, to }) => from !== to && stages.includes(to) && !(from === 'none' && to === stages[0]))
    .map(({ from, to, count }) => `${from} ${to} ${count}`);
  assert.deepEqual(drawn.sort(), printed.sort());
  await page.getByRole('button', { name: 'Table' }).first().click();
  for (const { from, to, count } of tables[0].rows) {
    const link = page.locator(`td a[href*="move-from=${from}&move-to=${to}&"]`);
    assert.equal(Number(await link.getAttribute('data-count')), count, `${from} ${to}`);
  }
  await check();
  await close();
});

test('numbers move while touchpoints arrive, and nothing else does', async () => {
  const { go, page, check, close } = await tab(house, { size: 'phone' });
  await go('/');
  await page.getByRole('button', { name: /Live/ }).filter({ hasText: 'live' }).waitFor();
  const [before] = await blockCounts(page, 'consideration');
  const link = page.locator('#stage-decision .entered a');
  await link.focus();
  await page.evaluate(() => {
    document.querySelector('#stage-decision').scrollIntoView();
    window.nodes = [...document.querySelectorAll('main a.count')];
  });
  const place = await page.evaluate(() => scrollY);
  await house.send(...['one', 'two', 'three'].map((name) => touchpoint(`live-${name}`, 'enquiry_received')));
  await page.waitForFunction(
    (n) => Number(document.querySelector('#stage-consideration .entered a').dataset.count) === n,
    before + 3,
  );
  assert.equal(await page.evaluate(() => scrollY), place, 'the page jumped');
  assert.ok(await link.evaluate((link) => link === document.activeElement), 'the focus was lost');
  assert.ok(await page.evaluate(() => window.nodes.every((node) => node.isConnected)), 'something was drawn anew');
  const row = house.ask('report', 'funnel', '--period', '30d').tables[0].rows.find((row) => row.stage === 'consideration');
  assert.equal(row.entered, before + 3);
  await check();
  await close();
});

test('who reads by ear is told that the sentence has changed, and not more often than every ten seconds', async () => {
  const { go, page, check, close } = await tab(house);
  await go('/?period=all');
  await page.evaluate(() => {
    window.told = [];
    const status = document.querySelector('[aria-live="polite"]');
    new MutationObserver(() => status.textContent && window.told.push(Date.now())).observe(status, { childList: true, characterData: true, subtree: true });
  });
  const began = Date.now();
  let sent = 0;
  while (Date.now() - began < 26_000) {
    await house.send(touchpoint(`heard-${(sent += 1)}`, 'page_viewed', 'website'));
    await page.waitForTimeout(700);
  }
  const told = await page.evaluate(() => window.told);
  assert.ok(told.length >= 1 && told.length <= 3, `told ${told.length} times`);
  told.slice(1).forEach((at, index) => assert.ok(at - told[index] > 9_000, 'told too often'));
  await check();
  await close();
});

test('a pause holds every number still until it ends', async () => {
  const { go, page, check, close } = await tab(house);
  await go('/');
  const light = page.getByRole('button', { name: /Live/ });
  await light.filter({ hasText: 'live' }).waitFor();
  await light.click();
  const [before] = await blockCounts(page, 'decision');
  await house.send(touchpoint('paused-one', 'quote_sent', 'email'));
  await page.waitForTimeout(2_500);
  assert.deepEqual((await blockCounts(page, 'decision'))[0], before);
  await light.click();
  await page.waitForFunction(
    (n) => Number(document.querySelector('#stage-decision .entered a').dataset.count) === n,
    before + 1,
  );
  await check();
  await close();
});

/** How many streams of news have been opened so far. */
async function streams() {
  const text = await (await house.fetch('/metrics')).text();
  const lines = text.split('\n').filter((line) => /_count\{.*door="live"/.test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').pop()), 0);
}

test('eight tabs of one browser all hear the news, by one stream', async () => {
  const first = await tab(house);
  const tabs = [first];
  for (let n = 1; n < 8; n += 1) tabs.push(await tab(house, { context: first.context }));
  const before = await streams();
  for (const { go, page } of tabs) {
    await go('/?period=all');
    await page.getByRole('button', { name: /Live/ }).filter({ hasText: 'live' }).waitFor({ timeout: 5_000 });
  }
  assert.equal(await streams(), before + 1);
  const [entered] = await blockCounts(first.page, 'consideration');
  await house.send(touchpoint('tabs-one', 'enquiry_received'));
  for (const { page } of tabs) {
    await page.bringToFront();
    await page.waitForFunction(
      (n) => Number(document.querySelector('#stage-consideration .entered a').dataset.count) === n,
      entered + 1,
    );
  }
  for (const { check } of tabs) await check();
  await first.close();
});

test('as_of in the address pins the numbers, and whoever comes back finds them', async () => {
  const at = new Date(Date.now() - 20 * 86_400_000).toISOString();
  const { go, page, check, close } = await tab(house);
  await go(`/?period=all&as_of=${encodeURIComponent(at)}`);
  const { tables } = house.ask('report', 'funnel', '--as-of', at);
  for (const row of tables[0].rows) {
    assert.deepEqual(await blockCounts(page, row.stage), [row.entered, row.converted, row.expired, row.open]);
  }
  await page.getByRole('link', { name: 'Back to now' }).click();
  assert.ok(!page.url().includes('as_of'));
  await check();
  await close();
});

test('channels, drop-offs and the system show what their reports print', async () => {
  const { go, page, check, close } = await tab(house);
  await go('/channels?period=all');
  const { tables } = house.ask('report', 'channels');
  for (const { channel, touchpoints, began } of tables.find((table) => table.name === 'touches').rows) {
    const counts = await page.locator(`.grid a[href*="-channel=${channel}&"], .grid a[href$="-channel=${channel}"]`)
      .evaluateAll((links) => links.map((link) => Number(link.dataset.count)));
    assert.deepEqual(counts, [began, touchpoints], channel);
  }
  await go('/drop-offs?period=all&stage=consideration');
  const drops = house.ask('report', 'dropoffs').tables.find((table) => table.name === 'last').rows;
  const said = await page.locator('figure').last().locator('li').allInnerTexts();
  const first = drops.find((row) => row.stage === 'consideration');
  assert.ok(said[0].includes(first.count.toLocaleString('en')), `${said[0]} says ${first.count}`);
  await go('/system');
  const system = house.ask('report', 'system').tables;
  const sources = system.find((table) => table.name === 'sources').rows;
  const came = system.find((table) => table.name === 'instance').rows[0].records;
  const fates = sources.map((row) => row.counted + row.duplicate + row.late + row.dead);
  assert.equal(fates.reduce((sum, count) => sum + count, 0), came);
  await page.getByRole('heading', { level: 1, name: 'Everything that came in is accounted for.' }).waitFor();
  assert.ok((await page.locator('.lights').innerText()).includes(`${came.toLocaleString('en')} = `));
  for (const { source, counted } of sources) {
    const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: source, exact: true }) }).first();
    assert.ok((await row.innerText()).includes(counted.toLocaleString('en')), source);
  }
  await page.getByRole('button', { name: 'Recount everything now' }).click();
  await page.getByText(/counters recomputed from .* records: equal/).waitFor();
  await check();
  await close();
});

test('credit is what the report prints, by every model, and says how sure it is', async () => {
  const { go, page, check, close } = await tab(house);
  await house.spend({ date: new Date().toISOString().slice(0, 10), channel: 'ads', value: { amount_minor: 12345, currency: 'EUR' } });
  const models = ['markov', 'markov_3', 'shapley', 'first', 'linear', 'time_decay'];
  for (const model of models) {
    await go(model === 'markov' ? '/channels?period=all' : `/channels?period=all&model=${model}`);
    const { tables } = house.ask('report', 'channels', '--model', model);
    const { rows, title } = tables.find((table) => table.name === 'credit');
    const shown = rows.filter((row) => row.credited.value !== 0 || row.cost !== null || row.last > 0);
    assert.ok(shown.length > 2 && title.includes(model), title);
    const digits = (value) => value.toLocaleString('en', { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: 'negative' });
    const expected = shown.map(({ credited }) => {
      const { value, low, high } = credited;
      return low === null ? digits(value) : `${digits(value)} (${digits(low)}\u2060–\u2060${digits(high)})`;
    });
    assert.deepEqual(await page.locator('[data-credited]').allInnerTexts(), expected, model);
    const verdicts = await page.locator('[data-verdict]').evaluateAll((all) => all.map((one) => one.dataset.verdict));
    assert.deepEqual(verdicts, shown.map((row) => row.verdict), model);
  }
  assert.ok((await page.locator('.credit li').filter({ hasText: 'Ads' }).innerText()).includes('€123.45'));
  await page.getByLabel('Model').selectOption('last');
  await page.waitForURL(/model=last/);
  await page.getByRole('button', { name: 'Table' }).first().click();
  const printed = house.ask('report', 'channels', '--model', 'last').tables.find((table) => table.name === 'models');
  for (const row of printed.rows) {
    const cells = page.locator('figure').first().locator('table').nth(1).getByRole('row').filter({ has: page.getByRole('rowheader') });
    assert.equal(await cells.count(), printed.rows.length, row.channel);
  }
  await page.getByText('Credit, not effect').waitFor();
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await page.getByText('Anteil, nicht Wirkung').waitFor();
  await check();
  await close();
});

test('every report has the form that its schema says', () => {
  for (const name of ['summary', 'funnel', 'moves', 'channels', 'dropoffs', 'activity', 'objections', 'system']) {
    const schema = JSON.parse(readFileSync(new URL(`../../schemas/report/${name}.schema.json`, import.meta.url)));
    const report = house.ask('report', name);
    const known = Object.keys(schema.properties);
    assert.deepEqual(Object.keys(report).filter((key) => !known.includes(key)), [], name);
    assert.deepEqual(schema.required.filter((key) => !(key in report)), [], name);
    for (const { name: table, rows } of report.tables) {
      const form = schema.$defs[`${table}_row`];
      for (const row of rows) {
        assert.deepEqual(Object.keys(row).filter((key) => !(key in form.properties)), [], `${name} ${table}`);
        assert.deepEqual(form.required.filter((key) => !(key in row)), [], `${name} ${table}`);
      }
    }
  }
});

test('a CSV is a file of the same numbers', async () => {
  const { go, page, check, close } = await tab(house);
  await go('/?period=all');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).first().click()]);
  assert.equal(download.suggestedFilename(), 'funnel.csv');
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  const lines = Buffer.concat(chunks).toString().split('\r\n');
  const row = house.ask('report', 'funnel').tables[0].rows[0];
  assert.ok(lines[1].startsWith(`${row.stage},${row.entered},`), lines[1]);
  await check();
  await close();
});
