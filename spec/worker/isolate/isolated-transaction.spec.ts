import { expect } from 'chai';
import { createOutbox } from '../../../lib/outbox/index.ts';
import { addDeed, ended, isolatedHandler, KINDS } from '../../support/isolates.ts';
import { hasPostgres, type SpecPostgres, startPostgres } from '../../support/postgres.ts';
import { openWorkers, type SpecWorkers } from '../../support/worker.ts';

describe('ctx.transaction of an isolated handler', function () {
  this.timeout(120_000);
  let postgres: SpecPostgres;
  let workers: SpecWorkers;

  before(async function () {
    if (!hasPostgres()) this.skip();
    postgres = await startPostgres();
    await postgres.pool.query(createOutbox().sql());
    await postgres.pool.query('create table effects (queue text not null)');
  });
  after(() => postgres?.stop());
  beforeEach(() => {
    workers = openWorkers();
  });
  afterEach(() => workers?.close());

  const effects = async (): Promise<number> => {
    const counting = 'select count(*)::int as count from effects where queue = $1';
    return (await postgres.pool.query(counting, [workers.queue])).rows[0].count;
  };

  for (const isolate of KINDS) {
    it(`commits once over all attempts, by ${isolate}, and nothing where its function throws`, async () => {
      await workers.worker({ handlers: [isolatedHandler(workers, { isolate })] }).start();
      const retried = { retries: 1, backoff: { type: 'fixed', delayMs: 1 } };

      const done = await ended(
        workers,
        await addDeed(workers, { do: 'transact', with: { url: postgres.url, fails: 'after' } }, retried),
      );
      const committed = await effects();
      const failed = await ended(
        workers,
        await addDeed(workers, { do: 'transact', with: { url: postgres.url, fails: 'within' } }),
      );

      expect(done.record.options.result).to.deep.equal({ attempt: 1 });
      expect(committed).to.equal(1);
      expect(failed.record.options.errors?.[0]).to.include({ message: 'within', code: 'MINE' });
      expect(await effects()).to.equal(1);
    });
  }
});
