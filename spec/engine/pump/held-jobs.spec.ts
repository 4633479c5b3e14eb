import { expect } from 'chai';
import { ActiveJob } from '../../../lib/engine/pump/active-job.ts';
import { HeldJobs } from '../../../lib/engine/pump/held-jobs.ts';
import { toTaken } from '../../../lib/engine/session/taken.ts';
import { openEngine, type SpecEngine } from '../../support/engine.ts';

const HELD = 200;

describe('the jobs that a lane holds', () => {
  let engine: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => engine.close());

  /** Jobs that count how often anybody asks for their ids. */
  function holdSome(): { held: HeldJobs; asked: () => number } {
    const session = engine.session();
    const held = new HeldJobs();
    let asked = 0;
    for (let at = 0; at < HELD; at++) {
      const job = new ActiveJob('mail', toTaken(`held-${at}`, null, 0), session);
      held.add(job);
      const { id } = job;
      Object.defineProperty(job, 'id', {
        get: () => {
          asked++;
          return id;
        },
      });
    }
    return { held, asked: () => asked };
  }

  it('tell which ids none of them has', () => {
    const { held } = holdSome();

    expect(held.unheldOf(['held-0', 'a', 'held-199', 'held-200', 'b'])).to.deep.equal(['a', 'held-200', 'b']);
    expect(held.unheldOf([])).to.deep.equal([]);
  });

  it('are gone through once for that, however many ids are asked for', () => {
    const { held, asked } = holdSome();
    const before = asked();

    held.unheldOf(Array.from({ length: HELD }, (_, at) => `other-${at}`));

    expect(asked() - before).to.equal(HELD);
  });
});
