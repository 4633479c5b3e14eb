import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { EngineName } from './engines/engine.ts';

const HERE = fileURLToPath(new URL('./', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const MANIFESTS: Record<Exclude<EngineName, 'against'>, string> = {
  ours: `${ROOT}package.json`,
  bee: `${ROOT}node_modules/bee-queue/package.json`,
  bullmq: `${HERE}node_modules/bullmq/package.json`,
};

/** The version of an engine, null when it is not installed; of another build of ours, its folder. */
export function versionOf(engine: EngineName, against: string | null): string | null {
  if (engine === 'against') return against;
  try {
    return String((JSON.parse(readFileSync(MANIFESTS[engine], 'utf8')) as { version: unknown }).version);
  } catch {
    return null;
  }
}

/** Makes ready what is to be measured: builds our own package, installs what this folder's package.json names. */
export function prepare(engines: readonly EngineName[]): void {
  if (engines.includes('ours')) npm(['run', '--silent', 'build']);
  if (!engines.includes('bullmq') || versionOf('bullmq', null) === wantedBullMq()) return;
  const flags = ['--omit=optional', '--no-package-lock', '--no-audit', '--no-fund'];
  npm(['install', '--prefix', HERE, ...flags]);
}

function wantedBullMq(): unknown {
  const { dependencies } = JSON.parse(readFileSync(`${HERE}package.json`, 'utf8')) as {
    dependencies: Record<string, unknown>;
  };
  return dependencies['bullmq'];
}

function npm(args: readonly string[]): void {
  const { status, error } = spawnSync('npm', args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status === 0) return;
  throw new Error(`npm ${args.join(' ')} ended with ${error?.message ?? status}`);
}
