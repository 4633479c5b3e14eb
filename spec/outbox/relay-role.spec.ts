import { expect } from 'chai';
import { z } from 'zod';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { createOutbox } from '../../lib/outbox/index.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { apiary } from '../support/command-line.ts';
import { silentLog } from '../support/log.ts';
import { hasPostgres, type SpecPostgres, startPostgres } from '../support/postgres.ts';
import { type ApiaryProcess, startApiary } from '../support/process.ts';
import { redisTarget, redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

describe('apiary start --relay', function () {
  this.timeout(120_000);
  const queue = testQueueName();
  const Mail = defineJob({ type: 'mail', queue, schema: z.any() });
  const outbox = createOutbox();
  let postgres: SpecPostgres;
  let service: ApiaryProcess;
  let get: (path: string) => Promise<string>;

  before(async function () {
    if (!hasPostgres()) this.skip();
    postgres = await startPostgres();
    await postgres.pool.query(outbox.sql());
    const env = { REDIS_URL: redisUrl(), OUTBOX_URL: postgres.url, MONITOR_PORT: '0' };
    service = await startApiary(['--relay', '--monitor'], env);
    const line = await service.waitForLine(/monitor .*listening/);
    const url = /http:\/\/[\d.]+:\d+/.exec(line)?.[0];
    get = async (path) => (await fetch(`${url}${path}`)).text();
    await service.waitForLine(/ready to work/);
  });
  after(async () => {
    await service?.stop();
    await postgres?.stop();
  });

  const doctor = () => apiary(['doctor'], { env: { REDIS_URL: redisUrl(), OUTBOX_URL: postgres.url } });

  it('brings rows to Redis, and is ready', async () => {
    const { id } = await outbox.add(postgres.pool, Mail, 'hello');
    const client = connect(redisTarget(), 'commands', { log: silentLog });
    const inspector = new Inspector({ client });
    await until(async () => (await inspector.job(queue, id)) !== null, 'the job is in Redis');
    await closeClient(client);

    expect(JSON.parse(await get('/readyz')).checks).to.include({ relay: 'ok' });
  });

  it('tells how the outbox stands, in metrics, on the overview and to the doctor', async () => {
    await postgres.pool.query("insert into apiary_outbox (queue, type, data) values ('a b', 'job', '1')");
    await until(async () => /^apiary_outbox_aside_rows 1$/m.test(await get('/metrics')), 'it is set aside');
    const metrics = await get('/metrics');
    const page = await get('/');
    const { out } = await doctor();

    expect(metrics)
      .to.match(/^apiary_outbox_up 1$/m)
      .and.match(/^apiary_outbox_rows 0$/m);
    expect(metrics).to.match(/^apiary_outbox_lag_seconds 0$/m);
    expect(page).to.include('<h2 id="outbox-title">Outbox</h2>');
    expect(out).to.include('1 row of the outbox could not be sent');
  });

  it('says why it moves nothing where the database is away, and goes on when it is back', async () => {
    await postgres.end();
    await until(async () => JSON.parse(await get('/readyz')).checks.relay !== 'ok', 'it is not ready');
    const metrics = await get('/metrics');
    const { code, out } = await doctor();
    await postgres.start();
    await until(async () => JSON.parse(await get('/readyz')).checks.relay === 'ok', 'it is ready');

    expect(metrics)
      .to.match(/^apiary_outbox_up 0$/m)
      .and.not.match(/^apiary_outbox_rows/m);
    expect(out).to.include('the outbox at OUTBOX_URL cannot be read');
    expect(code).to.equal(1);
    expect(await get('/metrics')).to.match(/^apiary_outbox_up 1$/m);
  });

  it('ends in order', async () => {
    expect(await service.stop()).to.deep.equal({ code: 0, signal: null });
  });

  it('does not start without OUTBOX_URL, nor with what is none', async () => {
    for (const OUTBOX_URL of ['', 'mysql://x']) {
      const other = await startApiary(['--relay'], { REDIS_URL: redisUrl(), OUTBOX_URL });
      await other.waitForLine(/OUTBOX_URL/);

      expect(await other.exit).to.deep.equal({ code: 78, signal: null });
    }
  });
});
