// Builds the package into the folder given, or into dist/: JavaScript, what it reads at run time, and declarations. Those
// are made from what lies in a second folder, where one is given; see declare.mjs.
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundlePackage, exportedModules } from './bundle.mjs';
import { declare } from './declare.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = resolve(process.argv[2] ?? join(ROOT, 'dist'));

rmSync(OUT, { recursive: true, force: true });
declare(exportedModules(), OUT, { compiled: process.argv[3] });
await bundlePackage(OUT);
