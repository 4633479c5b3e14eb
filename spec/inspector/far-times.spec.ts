import { expect } from 'chai';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { timelineOf } from '../../lib/inspector/timeline.ts';
import { openEngine, type SpecEngine } from '../support/engine.ts';

describe('a job whose times no calendar has', () => {
  let engine: SpecEngine;
  let inspector: Inspector;
  let queue: string;

  beforeEach(() => {
    engine = openEngine();
    inspector = new Inspector({ client: engine.client });
    queue = engine.keys.jobs.slice('bq:'.length, -':jobs'.length);
  });
  afterEach(() => engine.close());

  for (const time of ['8640000000000001', '1e300', '-1e300', 'inf', '8640000000000000']) {
    it(`is shown all the same, with its place in delayed at ${time}`, async () => {
      const at = Number(time);
      const error = {
        name: 'Error',
        message: 'x',
        at: 8.64e15,
        attempt: 1,
        worker: 'h:1',
        durationMs: 1e300,
      };
      const options = {
        timestamp: 8.64e15,
        delay: at,
        expiresAt: at,
        deadlineAt: at,
        run: [1, 8.64e15, 8.64e15, 'host:1'],
        errors: [error],
        logs: [{ at: 8.64e15, level: 'info', message: 'x' }],
      };
      const record = { data: 1, options, status: 'retrying', progress: 0 };
      await engine.client.hset(engine.keys.jobs, 'a', JSON.stringify(record));
      await engine.client.zadd(engine.keys.delayed, time, 'a');

      const job = await inspector.job(queue, 'a');

      expect(job).to.include({ id: 'a', state: 'delayed' });
      expect(job && timelineOf(job)).to.be.an('array');
      expect(await inspector.why(queue, 'a')).to.be.an('array').and.not.be.empty;
      expect((await inspector.jobs(queue, { state: 'delayed' })).jobs).to.have.length(1);
    });
  }
});
