import { loadOutboxUrl } from '../../config-connection.ts';
import { type Finding, note, wrong } from '../../doctor/finding.ts';
import { coerceError } from '../../errors.ts';
import { nullLogger } from '../../logger.ts';
import { type OutboxDepth, readDepth } from '../../outbox/depth.ts';
import { openPool } from '../../outbox/open-pool.ts';
import { requireSchema } from '../../outbox/require-schema.ts';
import { tableNames } from '../../outbox/table-names.ts';
import { countText, durationText } from '../../texts.ts';

/** What waits longer waits for a relay that is not there, or for Redis. */
const LONG_WAIT_MS = 60_000;

/** Looks at the outbox of the settings; nothing is found where these name none. */
export async function checkOutbox(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const url = outboxUrlOf(env);
  if (url === null) return [];
  try {
    return judge(await look(url));
  } catch (error) {
    return [
      wrong('outbox', {
        what: `the outbox at OUTBOX_URL cannot be read: ${coerceError(error).message}`,
        means: 'nothing that was added in transactions gets to Redis',
        mend: 'start the database, mend OUTBOX_URL, or make its tables: apiary outbox sql',
      }),
    ];
  }
}

/** That it is wrong is told by the check of the settings. */
function outboxUrlOf(env: NodeJS.ProcessEnv): string | null {
  try {
    return loadOutboxUrl(env);
  } catch {
    return null;
  }
}

async function look(url: string): Promise<OutboxDepth> {
  const names = tableNames();
  const { pool, close } = await openPool(url, 1, nullLogger);
  try {
    const connection = await pool.connect();
    await requireSchema(connection, names).finally(() => connection.release());
    return await readDepth(pool, names);
  } finally {
    await close();
  }
}

function judge({ rows, lagMs, aside }: OutboxDepth): Finding[] {
  const late = wrong('outbox', {
    what: `${countText(rows, 'row')} of the outbox wait, the oldest for ${durationText(lagMs)}`,
    means: 'their jobs are not in Redis',
    mend: 'start a relay (apiary start --relay), or look at its log: Redis may be full, or a queue by its limit',
  });
  const left = note('outbox', {
    what: `${countText(aside, 'row')} of the outbox could not be sent and were set aside`,
    means: 'they are no jobs',
    mend: 'the table apiary_outbox_aside has the reason of each; mend them and insert them again',
  });
  return [...(lagMs > LONG_WAIT_MS ? [late] : []), ...(aside > 0 ? [left] : [])];
}
