import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ApiaryError, coerceError } from '../errors.ts';
import type { BoundHandler } from '../jobs/define.ts';
import type { DeclaredSchedule } from '../jobs/schedule.ts';
import { isBoundHandler, isSchedule } from './handler-shape.ts';

const MODULE = /(?<!\.d)\.(js|mjs|cjs|ts|mts)$/;

/** What handler modules export. */
export interface Loaded {
  handlers: BoundHandler[];
  schedules: DeclaredSchedule[];
}

/**
 * Loads handlers from a module, or from every module directly in a folder, in the order of their names. A module
 * default-exports one `handle(…)` or `schedule(…)`, or an array of them. Throws HANDLER_INVALID naming the file at
 * fault.
 */
export async function loadHandlers(path: string): Promise<Loaded> {
  const files = await filesOf(resolve(path));
  const loaded: (BoundHandler | DeclaredSchedule)[] = [];
  // One after another: a module of CommonJS cannot require one of ESM that another is still importing.
  for (const file of files) loaded.push(...(await loadModule(file)));
  const handlers = loaded.filter(isBoundHandler);
  for (const { byHand, definition } of handlers) if (byHand) throw takenByHand(definition.type);
  return { handlers, schedules: loaded.filter(isSchedule) };
}

/** There nobody would take them. */
function takenByHand(type: string): ApiaryError {
  const message = `jobs of type ${type} are byHand(…): take them in a program of your own, by createWorker and take`;
  return new ApiaryError('HANDLER_INVALID', message);
}

async function filesOf(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = await readdir(path);
    return names
      .filter((name) => MODULE.test(name))
      .sort()
      .map((name) => join(path, name));
  } catch (cause) {
    throw new ApiaryError('HANDLER_INVALID', `handlers cannot be read: ${coerceError(cause).message}`, {
      cause,
    });
  }
}

async function loadModule(file: string): Promise<(BoundHandler | DeclaredSchedule)[]> {
  const exported = await importDefault(file);
  const items: unknown[] = Array.isArray(exported) ? exported : [exported];
  if (items.length > 0 && items.every(isItem)) return items;
  const message = `${file} must default-export handle(…) or schedule(…), or an array of such`;
  throw new ApiaryError('HANDLER_INVALID', message);
}

async function importDefault(file: string): Promise<unknown> {
  try {
    const module: { default?: unknown } = await import(pathToFileURL(file).href);
    const exported = module.default;
    // A module compiled to CommonJS carries its default export one level deeper.
    if (typeof exported === 'object' && exported !== null && 'default' in exported) return exported.default;
    return exported;
  } catch (cause) {
    const message = `${file} cannot be loaded: ${coerceError(cause).message}`;
    throw new ApiaryError('HANDLER_INVALID', message, { cause });
  }
}

function isItem(value: unknown): value is BoundHandler | DeclaredSchedule {
  return isBoundHandler(value) || isSchedule(value);
}
