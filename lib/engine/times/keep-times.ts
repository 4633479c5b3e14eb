import type { QueueKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import { MOST_SLOWEST, MOST_TIMED_TYPES, MOST_VERSIONS, SPANS } from './spans.ts';
import type { TallyRow, TimeTally } from './time-tally.ts';

/** What keeping times works with: a queue. */
export interface TimesDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** So many types are added up by one call, which then holds Redis for a few ms at most. */
const ROWS_PER_CALL = 4;
/** Of a queue in which no job ends any more all of it goes after so long. */
const KEPT_MS = 91 * 86_400_000;
const SPAN_LIST = JSON.stringify(
  Object.entries(SPANS).map(([name, { slotMs, slots }]) => [name, slotMs, slots]),
);

/**
 * Adds what was counted to what is kept of the queue; what cannot be kept is counted again. `version` is that of the
 * program that ran the jobs, null where it is not said.
 */
export async function keepTimes(
  { client, keys }: TimesDeps,
  tally: TimeTally,
  version: string | null,
): Promise<void> {
  const rows = tally.take();
  for (let from = 0; from < rows.length; from += ROWS_PER_CALL) {
    try {
      await sendRows({ client, keys }, rows.slice(from, from + ROWS_PER_CALL), version);
    } catch (error) {
      tally.giveBack(rows.slice(from));
      throw error;
    }
  }
}

async function sendRows(
  { client, keys }: TimesDeps,
  rows: readonly TallyRow[],
  version: string | null,
): Promise<void> {
  await runScript(client, {
    script: 'keep-times',
    queue: keys,
    args: {
      spans: SPAN_LIST,
      version: version ?? '',
      mostTypes: MOST_TIMED_TYPES,
      mostSlowest: MOST_SLOWEST,
      mostVersions: MOST_VERSIONS,
      keptMs: KEPT_MS,
    },
    rest: rows.map(({ row, counts, slowest }) => JSON.stringify([row, counts, slowest])),
  });
}
