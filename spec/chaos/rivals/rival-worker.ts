// A worker of another engine, run as a process of its own. Its environment: ENGINE, REDIS_URL, QUEUE_PREFIX, QUEUE, and
// EVIDENCE, the file that its handlers write down in what they do. It prints `ready`.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemClock } from '../../../lib/clock.ts';
import { RetryLater } from '../../../lib/errors.ts';
import { breakProcess } from '../break-process.ts';
import type { RivalName } from '../engines.ts';
import { EvidenceFile, tellStandstills } from '../evidence.ts';
import { lasts } from '../insist.ts';
import { PATIENCE_MS, type Work } from '../mix.ts';
import { RunTeller } from '../run-teller.ts';
import { loadRival } from './load-rival.ts';
import type { RivalAttempt } from './rival.ts';

const { ENGINE = '', REDIS_URL = '', QUEUE_PREFIX = '', QUEUE = '', EVIDENCE = '' } = process.env;
const NEVER = new AbortController().signal;
const CONCURRENCY = 8;
const STAYS_MS = 60_000;

const file = new EvidenceFile(EVIDENCE);
// It lives on while it has no connection.
setInterval(() => undefined, STAYS_MS);
const teller = new RunTeller(file);
tellStandstills(file, process.pid);

async function run(work: Work, attempt: RivalAttempt): Promise<unknown> {
  const { name, forMs, snoozes, fails = 0 } = work;
  const told = teller.begin([name], attempt);
  return told.through(async () => {
    await breakProcess(work, file, async () => isFirst(`break ${name}`));
    await systemClock.sleep(forMs, NEVER);
    if (snoozes && isFirst(`snooze ${name}`)) throw new RetryLater(0);
    if (attempt.attempt <= fails) throw new Error('no luck');
    return { name };
  });
}

/** Notes something beside the evidence, as engines may have no such notes; says whether it was not there yet. */
function isFirst(what: string): boolean {
  try {
    writeFileSync(join(dirname(EVIDENCE), encodeURIComponent(what)), '', { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

// Whoever started it has the name from the table of the engines.
const engine = await loadRival(ENGINE as RivalName);
const worker = await engine.work({ url: REDIS_URL, prefix: QUEUE_PREFIX, queue: QUEUE }, CONCURRENCY, run);
process.once('SIGTERM', () => {
  // It may wait for ever for a connection that is not coming back.
  void Promise.race([worker.close(PATIENCE_MS), lasts(PATIENCE_MS)])
    .catch(() => undefined)
    .then(() => process.exit(0));
});
process.stdout.write('ready\n');
