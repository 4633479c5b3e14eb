// Checks the types of lib/ by itself, so that it needs nothing of what specs have, such as the names of mocha; then those of
// spec/ against the declarations that came of it. Where a folder is named by DECLARATIONS they are left there for others,
// and beside it how that ended, as spec/support/once-per-run.ts has it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkSpecs, compileDeclarations } from './declare.mjs';

// Within the checkout: what the declarations import is looked for from where they lie.
const CACHE = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url));
const shared = process.env.DECLARATIONS;

const folder = shared ?? ownFolder();
const isSound = compileDeclarations(folder);
if (shared) writeFileSync(`${shared}.outcome`, isSound ? '' : 'the types of lib/ do not hold, see the lint');
process.exitCode = isSound && checkSpecs(folder) ? 0 : 1;
if (!shared) rmSync(folder, { recursive: true, force: true });

function ownFolder() {
  mkdirSync(CACHE, { recursive: true });
  return mkdtempSync(join(CACHE, 'apiary-types-'));
}
