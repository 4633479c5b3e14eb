import { systemClock } from '../../lib/clock.ts';
import { defineScripts } from '../../lib/engine/scripts.ts';
import { connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { reshard } from '../../lib/shards/reshard.ts';
import { silentLog } from './log.ts';
import { tell } from './tell.ts';

/** Changes the shards of a queue, and tells each step: to be killed at any of them. */
const [, , url = '', queue = '', shards = ''] = process.argv;
const client = connect(parseRedisUrl(url), 'commands', { log: silentLog });
defineScripts(client);
await reshard(
  { client, prefix: 'bq', clock: systemClock },
  { queue, shards: Number(shards), onStep: (step) => tell(step) },
);
process.exit(0);
