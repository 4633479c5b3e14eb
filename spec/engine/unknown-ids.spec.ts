import { expect } from 'chai';
import { writeLimits } from '../../lib/engine/limits/limits.ts';
import { cancelJob } from '../../lib/engine/repairs/cancel.ts';
import { archiveJob } from '../../lib/engine/repairs/withdraw.ts';
import { jobOf, openEngine, type SpecEngine } from '../support/engine.ts';

const note = { by: 'spec', at: 1 };

/** What is done with one job by its id. */
const CALLS: Record<string, (engine: SpecEngine, id: string) => Promise<unknown>> = {
  remove: ({ store }, id) => store.remove(id),
  'remove unless it runs': ({ store }, id) => store.removeIdle(id),
  retry: ({ store }, id) => store.retry(id, 1),
  promote: ({ store }, id) => store.promote(id),
  'change its data': ({ store }, id) => store.updateData(id, 1),
  cancel: (engine, id) => cancelJob(engine, id, note),
  archive: (engine, id) => archiveJob(engine, id, note),
};

describe('a call with the id of a job that does not exist', () => {
  let engine: SpecEngine;

  beforeEach(async () => {
    engine = openEngine();
    await writeLimits(engine.client, engine.keys, { ...note, limits: { perKey: { concurrency: 1 } } });
    await engine.store.save(Array.from({ length: 1_500 }, (_, at) => jobOf(`job-${at}`, 1, { key: 'a' })));
    await engine.session().exchange([], 1);
  });
  afterEach(() => engine.close());

  /** How often each command that searches a list was called, on whichever list. */
  const searches = async (): Promise<Record<string, number>> => {
    const stats = await engine.client.info('commandstats');
    const found = [...stats.matchAll(/cmdstat_(lrem|lpos|lindex|lrange):calls=(\d+)/g)];
    return Object.fromEntries(found.map(([, name = '', calls]) => [name, Number(calls)]));
  };

  for (const [name, call] of Object.entries(CALLS)) {
    it(`searches active and no other list, to ${name}`, async () => {
      await engine.client.config('RESETSTAT');

      await call(engine, 'made up');

      const { lrem = 0, lpos = 0, ...others } = await searches();
      expect(others).to.deep.equal({});
      expect(lrem + lpos).to.be.at.most(2);
    });
  }

  it('leaves those that exist to be found in their line', async () => {
    expect(await engine.store.remove('job-1400')).to.equal('waiting');
    expect(await engine.client.hexists(engine.keys.jobs, 'job-1400')).to.equal(0);
  });
});
