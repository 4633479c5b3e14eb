import { createRequire } from 'node:module';
import { join } from 'node:path';
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
    ? new Worker(byTsx(ownTsx(), file.href), { ...alone, eval: true })
    : new Worker(file, alone);
}

/** The package that runs this one from source. */
function ownTsx(): URL {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'));
}

/** The package that runs TypeScript in this process, by the options of Node; null where none does, or is not found. */
function inheritedTsx(given: readonly string[]): URL | null {
  for (const arg of given) {
    const place = /((?:file:\/)?\/\S*[\\/]tsx)[\\/]dist[\\/]/.exec(arg)?.[1];
    if (place !== undefined)
      return new URL(`${place.startsWith('file:') ? place : pathToFileURL(place)}/package.json`);
  }
  if (!given.some((arg) => /(?:^|[\s=])tsx(?:\/esm)?(?:$|\s)/.test(arg))) return null;
  try {
    return pathToFileURL(createRequire(join(process.cwd(), 'none.js')).resolve('tsx/package.json'));
  } catch {
    return null;
  }
}

/** What runs TypeScript in this process does not run it in its threads. */
function byTsx(tsx: URL, file: string): string {
  const [api, module] = [new URL('./dist/esm/api/index.mjs', tsx).href, file].map((url) =>
    JSON.stringify(url),
  );
  return `import(${api}).then(({ register }) => { register(); return import(${module}); });`;
}

/**
 * Starts a thread that runs a module of this package which loads modules of others: it inherits what this process was
 * started with, and loads TypeScript by tsx where this process does.
 */
export function startLoadingThread(
  place: URL,
  options: Pick<WorkerOptions, 'name' | 'resourceLimits'>,
): Worker {
  const file = ownModule(place);
  const tsx = RUNS_FROM_SOURCE
    ? ownTsx()
    : inheritedTsx([...process.execArgv, process.env['NODE_OPTIONS'] ?? '']);
  return tsx === null
    ? new Worker(file, options)
    : new Worker(byTsx(tsx, file.href), { ...options, eval: true });
}
