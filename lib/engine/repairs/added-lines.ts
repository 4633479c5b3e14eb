import { LATEST_TIME_MS } from '../../clock.ts';
import { isSealed } from '../../keyring.ts';
import type { QueueKeys } from '../keys.ts';
import { CLOSED_TEXT, sealOf } from '../record/private.ts';
import {
  addLogLine,
  LOGGED_LEVELS,
  parseRecord,
  type StoredLogLine,
  type StoredOptions,
} from '../record/record.ts';
import { birthOf } from '../record/waits.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import type { RepairResult } from '../store/repair-result.ts';
import type { Store } from '../store/store.ts';

/** What adding lines to the logs of jobs works with. */
export interface AddedLinesDeps {
  client: RedisClient;
  keys: QueueKeys;
  store: Store;
}

/** What all lines of one job may come to that wait until it does not run, in bytes: some hundred. */
const MOST_BYTES = 65_536;
/** How many jobs one round looks at, a round a minute. */
const MOST_PER_ROUND = 1_000;
const STEP = 100;

/**
 * Adds a line to the log of a job, in whatever state it is. It is shown at once; it goes into the record when the job
 * does not run. Throws ENCRYPTION_KEY_MISSING for an encrypted job whose keys are not here.
 */
export async function addLine(deps: AddedLinesDeps, id: string, line: StoredLogLine): Promise<RepairResult> {
  const { client, keys } = deps;
  const raw = await client.hget(keys.jobs, id);
  if (raw === null) return { done: false, state: null };
  const options = parseRecord(raw)?.options;
  const message = options?.encrypted ? sealOf(keys, id).seal('log', line.message) : line.message;
  const born = options && birthOf(options);
  const args = { id, line: JSON.stringify({ ...line, message, born }), most: MOST_BYTES };
  const isAdded = await runScript(client, { script: 'add-line', queue: keys, args });
  if (!isAdded) return { done: false, state: null };
  await placeLinesOf(deps, id);
  return { done: true };
}

/**
 * Takes what was added to the logs of jobs into the records of those that do not run. Each run goes on where the last
 * one of that queue stopped.
 */
export class LinePlacer {
  /** By the key of the lines. */
  readonly #cursors = new Map<string, string>();

  /** Looks at some thousand jobs of a queue; rejects in the end where one of them could not be written. */
  async sweep(deps: AddedLinesDeps): Promise<void> {
    const { client, keys } = deps;
    const faults: unknown[] = [];
    let cursor = this.#cursors.get(keys.addedLines) ?? '0';
    for (let looked = 0; looked < MOST_PER_ROUND; looked += STEP) {
      const [next, found] = await client.hscan(keys.addedLines, cursor, 'COUNT', STEP);
      for (let at = 0; at < found.length; at += 2)
        await placeLinesOf(deps, found[at] ?? '').catch((error) => faults.push(error));
      cursor = next;
      if (cursor === '0') break;
    }
    this.#cursors.set(keys.addedLines, cursor);
    if (faults.length > 0) throw faults[0];
  }
}

/**
 * Reads the lines that are in no record yet of a job, oldest first; what cannot be opened here is hidden. Resolves with
 * what tells which of them are of the job with these options, and not of one that had its id before.
 */
export async function readAddedLines(
  { client, keys }: Omit<AddedLinesDeps, 'store'>,
  id: string,
): Promise<(options: StoredOptions) => StoredLogLine[]> {
  const text = await client.hget(keys.addedLines, id);
  return (options) => (text === null ? [] : linesOf(options, text).map((line) => shown(keys, id, line)));
}

async function placeLinesOf({ client, keys, store }: AddedLinesDeps, id: string): Promise<void> {
  const lines = await client.hget(keys.addedLines, id);
  if (lines === null) return;
  const placed = await store.rewrite(id, {
    edit: ({ options }) => {
      for (const line of linesOf(options, lines)) addLogLine(options, line);
    },
    store: (_deps, change) =>
      runScript(client, { script: 'place-lines', queue: keys, args: { ...change, lines } }),
  });
  if (!placed.done && placed.state === null) await client.hdel(keys.addedLines, id);
}

/**
 * What is no line, as another program may have written it, is left out; so is one of another job, which had the id
 * before.
 */
function linesOf(options: StoredOptions, text: string): StoredLogLine[] {
  return text.split('\n').flatMap((line) => {
    try {
      const read: unknown = JSON.parse(line);
      return isLine(read) && isOf(options, read)
        ? [{ at: read.at, level: read.level, message: read.message }]
        : [];
    } catch {
      return [];
    }
  });
}

function isOf(options: StoredOptions, { born }: { born?: unknown }): boolean {
  return born === undefined || born === birthOf(options);
}

function isLine(value: unknown): value is StoredLogLine & { born?: unknown } {
  if (typeof value !== 'object' || value === null) return false;
  const { at, level, message }: { at?: unknown; level?: unknown; message?: unknown } = value;
  const isTime = typeof at === 'number' && Math.abs(at) <= LATEST_TIME_MS;
  return isTime && LOGGED_LEVELS.some((one) => one === level) && typeof message === 'string';
}

function shown(keys: QueueKeys, id: string, line: StoredLogLine): StoredLogLine {
  if (!isSealed(line.message)) return line;
  try {
    return { ...line, message: sealOf(keys, id).open('log', line.message) };
  } catch {
    return { ...line, message: CLOSED_TEXT };
  }
}
