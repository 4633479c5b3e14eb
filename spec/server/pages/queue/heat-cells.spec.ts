import { expect } from 'chai';
import fc from 'fast-check';
import { keepTimes } from '../../../../lib/engine/times/keep-times.ts';
import { TimeTally } from '../../../../lib/engine/times/time-tally.ts';
import { Inspector, type JobTimes } from '../../../../lib/inspector/inspector.ts';
import { HEAT_LEVELS, heatCells } from '../../../../lib/server/pages/queue/heat-cells.ts';
import { openEngine } from '../../../support/engine.ts';
import { attemptOf } from '../../../support/times.ts';

describe('the cells of a heat map', () => {
  const timesOf = async (durations: readonly number[]): Promise<JobTimes> => {
    const engine = openEngine();
    const tally = new TimeTally();
    for (const durationMs of durations) tally.note('a', attemptOf({ durationMs }));
    await keepTimes(engine, tally, null);
    const times = await new Inspector({ client: engine.client }).times(engine.keys.queue, { span: '90days' });
    await engine.close();
    return times;
  };

  it('are none where nothing was timed', async () => {
    const { slots } = await timesOf([]);
    expect(heatCells(slots, 'duration').rows).to.deep.equal([]);
  });

  it('have a row for what came, and for what lies between', async () => {
    const { slots } = await timesOf([30, 30, 700]);
    const { rows, columns } = heatCells(slots, 'duration');

    expect(rows).to.deep.equal(['under 50 ms', 'under 100 ms', 'under 250 ms', 'under 500 ms', 'under 1 s']);
    expect(columns.at(-1)).to.deep.equal([
      { count: 2, level: 5 },
      { count: 0, level: 0 },
      { count: 0, level: 0 },
      { count: 0, level: 0 },
      { count: 1, level: 4 },
    ]);
    expect(columns[0]?.every(({ level }) => level === 0)).to.equal(true);
  });

  it('have each time once, whatever it is, and no shade beyond the last', () => {
    const bucket = fc.record({
      fromMs: fc.double({ min: 0, max: 2 ** 32, noNaN: true }),
      count: fc.integer({ min: 1, max: 1_000_000 }),
    });
    fc.assert(
      fc.property(fc.array(fc.array(bucket), { maxLength: 5 }), (given) => {
        const slots = given.map((buckets) => {
          const spread = {
            waiting: [],
            total: [],
            duration: buckets.map((one) => ({ ...one, toMs: one.fromMs * 1.1 })),
          };
          return { spread } as never;
        });
        const { rows, columns } = heatCells(slots, 'duration');
        const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);
        expect(sum(columns.flat().map(({ count }) => count))).to.equal(
          sum(given.flat().map(({ count }) => count)),
        );
        for (const column of columns) expect(column.length).to.equal(rows.length);
        for (const { count, level } of columns.flat()) {
          expect(level).to.be.within(0, HEAT_LEVELS);
          expect(level > 0).to.equal(count > 0);
        }
      }),
    );
  });
});
