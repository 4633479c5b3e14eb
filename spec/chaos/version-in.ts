import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { type EngineName, engineRule } from './engines.ts';

const manifest = z.object({ version: z.string() });

/** Reads the version of an engine that is not ours; null of ours. */
export function engineVersion(name: EngineName): string | null {
  const { package: found } = engineRule(name);
  if (found === null) return null;
  return manifest.parse(createRequire(import.meta.url)(`${found}/package.json`)).version;
}

/** Reads which version of Apiary a folder holds, with its commit if it is a git checkout; throws when it holds none. */
export function versionIn(folder: string): string {
  const text = readFileSync(join(folder, 'package.json'), 'utf8');
  const { version } = manifest.parse(JSON.parse(text));
  const git = spawnSync('git', ['-C', folder, 'rev-parse', '--short=8', 'HEAD'], { encoding: 'utf8' });
  return git.status === 0 ? `${version} (${git.stdout.trim()})` : version;
}
