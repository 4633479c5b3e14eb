// Writes the reference of the API, docs/api, from the code: `npm run docs:api`.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/pages.ts';
import { apiPage, pathOf } from './api-page.ts';
import { readEntries } from './exports.ts';

const folder = join(ROOT, 'docs/api');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
for (const entry of readEntries()) writeFileSync(join(ROOT, pathOf(entry)), apiPage(entry));
