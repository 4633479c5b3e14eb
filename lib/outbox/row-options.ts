import type { JobSeal } from '../engine/record/private.ts';
import { describeValue } from '../error-facts.ts';
import { coerceError } from '../errors.ts';
import { invalidFields } from '../field-checks.ts';
import { JOB_OPTION_NAMES, type JobOptions, type ResolvedJobOptions } from '../jobs/options.ts';
import { resolveOptions } from '../jobs/resolve-options.ts';
import { isSealed } from '../keyring.ts';
import { Recent } from '../recent.ts';

/** Most rows have the options of many others. */
const MOST_KNOWN = 1_000;
const MOST_KNOWN_LENGTH = 1_000;

const DEFAULTS = resolveOptions({}, {});

/** The options of a row as they were read. */
export interface ReadOptions {
  resolved: ResolvedJobOptions;
  /** The headers of a row that is encrypted, sealed as those of its job; null for none. */
  sealedHeaders: string | null;
}

/**
 * Writes options as a row has them: as JSON, in the words of `JobOptions`, without what is the default. Where a seal is
 * given, the headers are sealed as a whole.
 */
export function writeRowOptions(resolved: ResolvedJobOptions, seal: JobSeal | null = null): string {
  const said = JOB_OPTION_NAMES.filter((name) => !isDefault(name, resolved)).map((name) =>
    seal && name === 'headers'
      ? [SEALED_HEADERS, seal.seal('headers', JSON.stringify(resolved.headers))]
      : [name, resolved[name]],
  );
  // A field that says nothing is left out, as whoever gives options does.
  return JSON.stringify(Object.fromEntries(said), (_name, value: unknown) => value ?? undefined);
}

/** What stands for `headers` in a row that is encrypted. */
const SEALED_HEADERS = 'sealedHeaders';

function isDefault(name: keyof ResolvedJobOptions, resolved: ResolvedJobOptions): boolean {
  const [value, other] = [resolved[name], DEFAULTS[name]];
  return value === other || JSON.stringify(value) === JSON.stringify(other);
}

/** Reads the options of rows, which anybody may have written. */
export class RowOptions {
  readonly #known = new Recent<string, ReadOptions>(MOST_KNOWN);

  /** Throws JOB_INVALID for what cannot be the options of a job. */
  read(text: string): ReadOptions {
    const known = this.#known.get(text);
    if (known) return known;
    const { [SEALED_HEADERS]: sealedHeaders = null, ...options } = parsed(text);
    if (sealedHeaders !== null && !isSealed(sealedHeaders))
      throw invalidFields('job options are', [
        { path: `options.${SEALED_HEADERS}`, message: 'must be what outbox.add makes of encrypted headers' },
      ]);
    const read = { resolved: resolveOptions({}, options), sealedHeaders };
    // Sealed ones are never the same again.
    if (sealedHeaders === null && text.length <= MOST_KNOWN_LENGTH) this.#known.set(text, read);
    return read;
  }
}

function parsed(text: string): JobOptions & { [SEALED_HEADERS]?: unknown } {
  const value = parse(text);
  // Whatever it is, it is checked as what callers give is.
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw invalidFields('job options are', [
    { path: 'options', message: `must be an object, not ${describeValue(value)}` },
  ]);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidFields('job options are', [
      { path: 'options', message: `must be JSON: ${coerceError(error).message}` },
    ]);
  }
}
