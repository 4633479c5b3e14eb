// A relay in a process of its own, which kills itself at the step that KILL_BEFORE says, by the statement that it is
// about to send, or after that where KILL_AFTER says so.
import pg from 'pg';
import { createRelay } from '../../lib/outbox/index.ts';

const { POSTGRES = '', REDIS_URL = '', TABLE = '', BATCH_SIZE = '1000' } = process.env;
const { KILL_BEFORE = '', KILL_AFTER = '', TIME_STANDS = '' } = process.env;
// How many batches go with one commit is a matter of time: so all of them do, however slow the machine is.
if (TIME_STANDS !== '') performance.now = () => 0;
const pool = new pg.Pool({ connectionString: POSTGRES });
let batches = 0;

const relay = createRelay({
  redis: REDIS_URL,
  table: TABLE,
  concurrency: 1,
  batchSize: Number(BATCH_SIZE),
  postgres: {
    connect: async () => {
      const client = await pool.connect();
      const query = client.query.bind(client);
      const dying = async (text: string, values?: unknown[]) => {
        if (text.includes('for update')) batches++;
        if (batches > 0 && KILL_BEFORE !== '' && text.startsWith(KILL_BEFORE))
          process.kill(process.pid, 'SIGKILL');
        const result = await query(text, values);
        if (batches > 0 && KILL_AFTER !== '' && text.startsWith(KILL_AFTER))
          process.kill(process.pid, 'SIGKILL');
        return result;
      };
      return Object.assign(client, { query: dying });
    },
  },
});
await relay.start();
console.log('ready');
