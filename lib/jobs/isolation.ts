import { type Option, optionThat, wholeOption } from '../check-options.ts';
import { ApiaryError, coerceError } from '../errors.ts';

/** Where an isolated handler runs. */
const KINDS = ['thread', 'process'] as const;

/** How a handler is isolated. */
export interface IsolationOptions {
  /**
   * Where it runs: `thread`, in threads of the process of the worker, or `process`, in processes of its own. A crash of
   * native code, or an abort, ends the whole process of a thread.
   */
  isolate: 'thread' | 'process';
  /** Threads or processes at most, which is how many of its jobs run at once; default as many as there are cores. */
  poolSize?: number;
  /**
   * How long it may go on after its signal was aborted before its thread or process is ended, in ms up to 30,000;
   * default 5,000. At the end of a shutdown's patience it is half a second at most.
   */
  graceMs?: number;
  /**
   * Past so much memory its thread or process is ended, in MiB from 16 up: of a thread what JavaScript has on its heap,
   * of a process all that is resident. Default no limit of ours.
   */
  maxMemoryMb?: number;
}

/** How a handler is isolated, with all defaults filled in that do not depend on the machine. */
export interface Isolation {
  /** The module whose default export it is. */
  readonly file: URL;
  readonly isolate: IsolationOptions['isolate'];
  /** Null for as many as there are cores. */
  readonly poolSize: number | null;
  readonly graceMs: number;
  /** Null for no limit. */
  readonly maxMemoryMb: number | null;
}

const MOST_ISOLATES = 1_000;
const DEFAULT_GRACE_MS = 5_000;
/** Beyond this a worker gives the slot away by itself. */
const MOST_GRACE_MS = 30_000;
/** Node itself does not start with less. */
const LEAST_MEMORY_MB = 16;
const MOST_MEMORY_MB = 1_048_576;

/** What each option may be. */
export const ISOLATION = {
  isolate: optionThat(`must be ${KINDS.join(' or ')}`, (value) => KINDS.some((kind) => kind === value)),
  poolSize: wholeOption(1, MOST_ISOLATES).optional(),
  graceMs: wholeOption(0, MOST_GRACE_MS).optional(),
  maxMemoryMb: wholeOption(LEAST_MEMORY_MB, MOST_MEMORY_MB).optional(),
} satisfies Record<keyof IsolationOptions, Option>;

/** Fills in the defaults of options that were found right. Throws CONFIG_INVALID for a URL that is no file's. */
export function isolationOf(entry: string, file: URL, options: Partial<IsolationOptions>): Isolation {
  if (file.protocol !== 'file:')
    throw new ApiaryError('CONFIG_INVALID', `${entry}: the URL must be that of a file, not ${file.href}`);
  const { isolate = 'thread', poolSize = null, graceMs = DEFAULT_GRACE_MS, maxMemoryMb = null } = options;
  return Object.freeze({ file, isolate, poolSize, graceMs, maxMemoryMb });
}

/**
 * Loads the module of an isolated handler into this thread, once; resolves with the handler. Rejects with
 * HANDLER_INVALID where it cannot be loaded, or default-exports no function.
 */
export async function loadIsolated(file: URL): Promise<(...given: unknown[]) => unknown> {
  const exported = await importDefault(file);
  if (typeof exported === 'function') return (...given) => Reflect.apply(exported, undefined, given);
  const message = `${file.href} must default-export the handler: a function of data and ctx`;
  throw new ApiaryError('HANDLER_INVALID', message);
}

async function importDefault(file: URL): Promise<unknown> {
  try {
    const module: { default?: unknown } = await import(file.href);
    const exported = module.default;
    // A module compiled to CommonJS carries its default export one level deeper.
    if (typeof exported === 'object' && exported !== null && 'default' in exported) return exported.default;
    return exported;
  } catch (cause) {
    const message = `${file.href} cannot be loaded: ${coerceError(cause).message}`;
    throw new ApiaryError('HANDLER_INVALID', message, { cause });
  }
}
