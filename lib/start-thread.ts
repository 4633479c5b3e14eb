import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { ownModule, RUNS_FROM_SOURCE } from './own-module.ts';

/**
 * Starts a thread that runs a module of this package, given by its place without an ending: `new
 * URL('./lease-thread', import.meta.url)`. Nothing that the process preloads is loaded there.
 */
export function startThread(place: URL, options: Pick<WorkerOptions, 'name' | 'workerData'>): Worker {
  const alone = { ...options, execArgv: [], env: {} };
  const file = ownModule(place);
  return RUNS_FROM_SOURCE
    ? new Worker(fromSource(file.href), { ...alone, eval: true })
    : new Worker(file, alone);
}

/** What runs TypeScript in this process does not run it in its threads. */
function fromSource(file: string): string {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'));
  const [api, module] = [new URL('./dist/esm/api/index.mjs', tsx).href, file].map((url) =>
    JSON.stringify(url),
  );
  return `import(${api}).then(({ register }) => { register(); return import(${module}); });`;
}
