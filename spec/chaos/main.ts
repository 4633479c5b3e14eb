import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { systemClock } from '../../lib/clock.ts';
import { readArguments } from './arguments.ts';
import { isClean, nameOf, pageOf } from './certificate.ts';
import { runChaos } from './run.ts';

const EVERY_MS = 60;

const { out, ...asked } = readArguments(process.argv.slice(2));
const packageText = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
const { version } = z.object({ version: z.string() }).parse(JSON.parse(packageText));

const start = systemClock.elapsed();
const say = (line: string): void => {
  process.stdout.write(`${((systemClock.elapsed() - start) / 1_000).toFixed(1).padStart(7)} s  ${line}\n`);
};
const certificate = await runChaos({ ...asked, everyMs: EVERY_MS, version, say });
process.stdout.write(`\n${pageOf(certificate)}\n`);
if (out !== null) {
  mkdirSync(out, { recursive: true });
  const path = join(out, nameOf(certificate));
  writeFileSync(`${path}.json`, `${JSON.stringify(certificate, null, 2)}\n`);
  writeFileSync(`${path}.md`, pageOf(certificate));
}
process.exitCode = isClean(certificate) ? 0 : 1;
