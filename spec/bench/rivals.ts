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
  return engine === 'against' ? against : versionIn(MANIFESTS[engine]);
}

function versionIn(manifest: string): string | null {
  try {
    return String((JSON.parse(readFileSync(manifest, 'utf8')) as { version: unknown }).version);
  } catch {
    return null;
  }
}

/** Makes ready what is to be measured: builds our own package, installs what this folder's package.json names. */
export function prepare(engines: readonly EngineName[]): void {
  if (engines.includes('ours')) npm(['run', '--silent', 'build']);
  if (engines.includes('bullmq')) installRival('bullmq');
}

/** Installs what this folder's package.json names, unless the package is there in that version; returns the version. */
export function installRival(name: string): string {
  const wanted = dependenciesIn(`${HERE}package.json`)[name];
  if (versionIn(`${HERE}node_modules/${name}/package.json`) !== wanted) {
    const flags = ['--omit=optional', '--no-package-lock', '--no-audit', '--no-fund'];
    npm(['install', '--prefix', HERE, ...flags]);
  }
  return String(wanted);
}

function dependenciesIn(manifest: string): Record<string, unknown> {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { dependencies: Record<string, unknown> })
    .dependencies;
}

function npm(args: readonly string[]): void {
  const { status, error } = spawnSync('npm', args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status === 0) return;
  throw new Error(`npm ${args.join(' ')} ended with ${error?.message ?? status}`);
}
