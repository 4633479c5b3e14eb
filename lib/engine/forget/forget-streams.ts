import { restartLog } from '../events/event-log.ts';
import { auditKey } from '../keys.ts';
import type { ForgetDeps, ForgetPart } from './forget-deps.ts';
import { forgetKept } from './forget-kept.ts';
import type { ForgetStep } from './forget-report.ts';

/** How many entries of a stream one command reads. */
const ENTRIES_AT_ONCE = 500;

/** Begins the log of events anew where it names the person. */
export const forgetEvents: ForgetPart = async (deps, _at, step) => {
  for await (const entries of streamPages(deps, deps.keys.eventLog)) {
    if (!entries.some(([, fields]) => fields.some((text) => deps.traces.isNamedIn(text)))) continue;
    await forgetLog(deps, step);
    break;
  }
  return '0';
};

/** Begins the log of events anew, if there is one: what has come of jobs that are forgotten stands in it. */
export async function forgetLog({ client, keys, dryRun }: ForgetDeps, step: ForgetStep): Promise<void> {
  const isThere = dryRun ? (await client.exists(keys.eventLog)) === 1 : await restartLog({ client, keys });
  if (isThere) step.forgotten.events++;
}

/** Removes the notes of changes to the queue that name the person. */
export const forgetAudit: ForgetPart = async (deps, _at, step) => {
  step.forgotten.audit += await forgetNotes(deps, (queue) => queue === deps.keys.queue);
  return '0';
};

/**
 * Removes the notes of the audit stream that name the person, of changes to some queues; null stands for none. So with
 * runs that change many jobs, and with saved searches. Resolves with how many.
 */
export async function forgetNotes(
  { client, prefix, traces, dryRun }: NotesDeps,
  isOf: (queue: string | null) => boolean,
): Promise<number> {
  const key = auditKey(prefix);
  let count = 0;
  for await (const entries of streamPages({ client }, key)) {
    const theirs = entries.filter(([, fields]) => {
      return fields.some((text) => traces.isNamedIn(text)) && isOf(queueIn(fields));
    });
    count += theirs.length;
    if (theirs.length > 0 && !dryRun) await client.xdel(key, ...theirs.map(([id]) => id));
  }
  return count + (await forgetKept({ client, prefix, traces, dryRun }, isOf));
}

/** What forgetting notes works with. */
export type NotesDeps = Pick<ForgetDeps, 'client' | 'prefix' | 'traces' | 'dryRun'>;

function queueIn(fields: readonly string[]): string | null {
  const at = fields.findIndex((name, index) => index % 2 === 0 && name === 'queue');
  return at < 0 ? null : (fields[at + 1] ?? null);
}

async function* streamPages(
  { client }: Pick<ForgetDeps, 'client'>,
  key: string,
): AsyncGenerator<[id: string, fields: string[]][]> {
  for (let after = '-'; ; ) {
    const entries = await client.xrange(key, after, '+', 'COUNT', ENTRIES_AT_ONCE);
    if (entries.length > 0) yield entries;
    const last = entries.at(-1);
    if (!last || entries.length < ENTRIES_AT_ONCE) return;
    after = `(${last[0]}`;
  }
}
