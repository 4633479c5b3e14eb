import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './wait.ts';

const LIMIT_MS = 300_000;

/** The folder of this run: that of spec/run.mjs, or one of this process, which goes with it. */
const RUN = process.env['SPEC_RUN'] ?? folderOfProcess();

/**
 * Makes a folder with what several files of specs need, once for all of them: the first that asks, of whichever process,
 * makes it, and the others wait. Nobody may change it. Rejects for all when it could not be made.
 */
export async function oncePerRun(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(RUN, `made-${name}`);
  const outcome = `${folder}.outcome`;
  if (await isFirst(folder)) {
    const failure = await make(folder).then(
      () => '',
      (error: unknown) => String(error),
    );
    await writeFile(outcome, failure);
  }
  await until(() => existsSync(outcome), `${name} is made`, LIMIT_MS);
  const failure = readFileSync(outcome, 'utf8');
  if (failure !== '') throw new Error(failure);
  return folder;
}

async function isFirst(folder: string): Promise<boolean> {
  // With `recursive` it resolves with nothing where the folder is there.
  return (await mkdir(folder, { recursive: true })) !== undefined;
}

function folderOfProcess(): string {
  const folder = mkdtempSync(join(tmpdir(), 'apiary-spec-run-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
