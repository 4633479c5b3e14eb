import { expect } from 'chai';
import { ApiaryError, type ErrorCode } from '../lib/errors.ts';
import { Inspector } from '../lib/inspector.ts';
import { openEngine, type SpecEngine } from './support/engine.ts';
import { uniqueQueueName } from './support/queue.ts';

describe('Inspector', () => {
  let engine: SpecEngine;
  let inspector: Inspector;
  const queue = uniqueQueueName();

  beforeEach(() => {
    engine = openEngine();
    inspector = new Inspector({ client: engine.client });
  });
  afterEach(() => engine.close());

  const codeOf = (answer: Promise<unknown>): Promise<ErrorCode | null> =>
    answer.then(
      () => null,
      (error) => (error instanceof ApiaryError ? error.code : null),
    );

  describe('history', () => {
    it('tells of 90 days unless asked for fewer', async () => {
      expect(await inspector.history(queue)).to.have.length(90);
      expect(await inspector.history(queue, 2)).to.have.length(2);
    });

    for (const days of [0, 91, 1.5, Number.NaN]) {
      it(`refuses ${days} days`, async () => {
        expect(await codeOf(inspector.history(queue, days))).to.equal('JOB_INVALID');
      });
    }
  });
});
