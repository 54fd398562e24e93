// Loads the tests through Vite, which reads TypeScript on every Node that builds the page.

import { readdirSync } from 'node:fs';
import { createServer } from 'vite';

const vite = await createServer({ server: { middlewareMode: true }, logLevel: 'error' });
const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'));
if (files.length === 0) throw new Error('there are no tests');
for (const name of files) await vite.ssrLoadModule(`/test/${name}`);
// What is loaded runs by itself.
await vite.close();
