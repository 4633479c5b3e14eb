import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../lib/clock.ts';
import { readArguments } from './arguments.ts';
import { isClean, nameOf, pageOf } from './certificate.ts';
import { runChaos } from './run.ts';
import { versionIn } from './version-in.ts';

const EVERY_MS = 60;

const { out, beside: folder, ...asked } = readArguments(process.argv.slice(2));
const version = versionIn(fileURLToPath(new URL('../..', import.meta.url)));
const beside = folder === null ? null : { folder, version: versionIn(folder) };

const start = systemClock.elapsed();
const say = (line: string): void => {
  process.stdout.write(`${((systemClock.elapsed() - start) / 1_000).toFixed(1).padStart(7)} s  ${line}\n`);
};
const certificate = await runChaos({ ...asked, beside, everyMs: EVERY_MS, version, say });
process.stdout.write(`\n${pageOf(certificate)}\n`);
if (out !== null) {
  mkdirSync(out, { recursive: true });
  const path = join(out, nameOf(certificate));
  writeFileSync(`${path}.json`, `${JSON.stringify(certificate, null, 2)}\n`);
  writeFileSync(`${path}.md`, pageOf(certificate));
}
process.exitCode = isClean(certificate) ? 0 : 1;
