import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { expect } from 'chai';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { silentLog } from '../support/log.ts';
import { modelRuns } from '../support/model-runs.ts';
import { programArgs } from '../support/program.ts';
import { redisTarget, redisUrl } from '../support/redis.ts';

/** A name that is kept takes some kilobytes; how many are asked for, see there. */
const MOST_GROWN = 800 * modelRuns(7_500);

describe('names that callers invent', () => {
  it('are kept nowhere, whichever door they come in by, and make nothing', async () => {
    const prefix = `spec-${randomUUID()}`;
    const [file = '', ...loader] = programArgs('spec/support/invented-names.ts').reverse();
    const child = fork(file, [redisUrl(), prefix], { execArgv: ['--expose-gc', ...loader.reverse()] });
    const [grown] = (await once(child, 'message')) as [Record<string, number>];

    const tooMuch = Object.entries(grown).filter(([, bytes]) => bytes > MOST_GROWN);
    expect(tooMuch, JSON.stringify(grown)).to.deep.equal([]);
    expect(Object.keys(grown)).to.have.length.above(8);
  }).timeout(300_000);

  it('make nothing in Redis by being asked for', async () => {
    const prefix = `spec-${randomUUID()}`;
    const client = connect(redisTarget(), 'requests', { log: silentLog });
    const inspector = new Inspector({ client, prefix });
    await inspector.queue('nobody');
    await inspector.why('nobody', 'x');
    await inspector.rates('nobody');
    await inspector.resume('nobody');
    await inspector.remove('nobody', 'x');
    await inspector.limits.lift('nobody', 'x');
    await inspector.cancel('nobody', 'x', 'spec');

    const keys = await client.keys(`${prefix}:*`);
    expect(keys).to.deep.equal([]);
    await closeClient(client);
  });
});
