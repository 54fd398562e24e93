// The catalogue: the same sentences with the same places in every language, none of them unused.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { texts } from '../src/texts.ts';

const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return entry.name.startsWith('texts.') ? [] : [readFileSync(path, 'utf8')];
  });
}

test('every language has the same sentences with the same places', () => {
  for (const [language, own] of Object.entries(texts)) {
    assert.deepEqual(Object.keys(own), Object.keys(texts.en), language);
    for (const [name, text] of Object.entries(own)) {
      assert.notEqual(text.trim(), '', `${language}: ${name}`);
      assert.deepEqual(places(text), places(texts.en[name as keyof typeof texts.en]), `${language}: ${name}`);
    }
  }
});

test('no sentence is left over', () => {
  const all = sources(join(import.meta.dirname, '../src')).join('\n');
  const isUsed = (name: string) =>
    all.includes(`'${name}'`) || all.includes(`"${name}"`) || ['period_', 'model_'].some((begin) => name.startsWith(begin) && all.includes(`${begin}$`));
  assert.deepEqual(Object.keys(texts.en).filter((name) => !isUsed(name)), []);
});
