/** The beginning of each program: definitions, with a schema that no library stands behind. */
const DEFINE = `
const Name = {
  '~standard': {
    version: 1 as const,
    vendor: 'own',
    validate: (value: unknown) =>
      typeof value === 'string' ? { value } : { issues: [{ message: 'must be a text' }] },
    types: undefined as { input: string; output: string } | undefined,
  },
};
const queue = process.env['QUEUE'] ?? 'default';
const redis = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
const Greet = defineJob({ type: 'greet', queue, schema: Name, retries: 1 });
`;

/** A program of a user, the same text for ESM and CommonJS: adds, waits and looks, and closes what it opened. */
export const CLIENT_PROGRAM = `
import {
  ApiaryError, createInspector, createProducer, defineJob, type JobDefinition, type JobInfo, jobFor, nextFirings, schedule,
} from 'apiary-jobs-client';
${DEFINE}
async function main(): Promise<void> {
  const producer = createProducer({ redis });
  const inspector = createInspector({ redis });
  const definition: JobDefinition<string> = Greet;
  const { id, created } = await producer.add(definition, 'Ada', { delayMs: 1, headers: { from: 'client' } });
  const end = await producer.waitFor({ id, queue }, { timeoutMs: 60_000 });
  const job: JobInfo | null = await inspector.job(queue, id);
  console.log(created, end.outcome, job?.state, job?.data, job?.headers['from'], job?.result);
  const refused = await producer.add(Greet, 5 as never).catch((error: unknown) => error);
  console.log(refused instanceof ApiaryError && refused.code);
  const chain = await producer.addChain([jobFor(Greet, 'one'), jobFor(Greet, 'two')]);
  const batch = await producer.addBatch({ jobs: [jobFor(Greet, 'three')], last: jobFor(Greet, 'all') });
  for (const first of [chain.jobs[0], batch.jobs[0]]) {
    const { outcome } = await producer.waitFor(first?.id ?? '', { timeoutMs: 60_000 });
    console.log(first?.type, outcome);
  }
  const daily = schedule(Greet, { name: 'daily', cron: '@daily', data: 'Eve' });
  console.log(nextFirings(daily, { count: 1, after: 0 })[0]?.local);
  console.log(await producer.schedules.put(Greet, { name: 'daily', cron: '0 9 * * 1-5', data: 'Eve' }));
  console.log((await inspector.schedules.list(queue)).length);
  await producer.schedules.remove(queue, 'daily');
  await Promise.all([producer.close(), inspector.close()]);
}

void main();
`;

/** What it prints. */
export const CLIENT_PRINTED = `true succeeded succeeded Ada client Hello Ada
JOB_INVALID
greet succeeded
greet succeeded
1970-01-02T00:00:00
created
1
`;
