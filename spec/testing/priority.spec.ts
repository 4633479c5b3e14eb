import { expect } from 'chai';
import { z } from 'zod';
import { defineJob, handle, type JobOptions, jobFor } from '../../lib/index.ts';
import { type TestApiary, testApiary } from '../../lib/testing/index.ts';
import { redisUrl } from '../support/redis.ts';

const Job = defineJob({ type: 'job', queue: 'jobs', schema: z.string() });

describe('priorities, in a time of their own', () => {
  let kit: TestApiary;
  let ran: string[];

  const open = async (whenRun: (name: string) => unknown = () => {}) => {
    ran = [];
    const note = async (name: string): Promise<void> => {
      ran.push(name);
      await whenRun(name);
    };
    kit = await testApiary({
      handlers: [handle(Job, note)],
      now: new Date('2030-03-30T12:00:00Z'),
      redis: redisUrl(),
    });
    return kit;
  };
  const add = (name: string, options: JobOptions = {}) => kit.producer.add(Job, name, options);
  afterEach(() => kit.close());

  it('let a low one run when it has waited as long as agingMs says, and not before', async () => {
    let left = 20;
    const { inspector } = await open(async (name) => {
      if (name !== 'high' || left-- <= 0) return;
      // There is always one more, and each takes a second.
      await add('high', { priority: 0 });
      await kit.advance(1_000);
    });
    await inspector.limits.set('jobs', { agingMs: 10_000 }, 'spec');
    await add('low', { priority: 9 });
    await add('high', { priority: 0 });

    await kit.drain();

    expect(ran.indexOf('low')).to.be.within(9, 12);
    expect(ran.lastIndexOf('high')).to.be.above(ran.indexOf('low'));
  });

  it('let it wait for the last of the others without agingMs', async () => {
    let left = 20;
    await open(async (name) => {
      if (name === 'high' && left-- > 0) await add('high', { priority: 0 });
    });
    await add('low', { priority: 9 });
    await add('high', { priority: 0 });

    await kit.drain();

    expect(ran.at(-1)).to.equal('low');
  });

  it('are those of the steps of a chain, of the members of a batch and of its last job', async () => {
    const { producer, inspector } = await open();
    await producer.addChain([jobFor(Job, 'step 1', { priority: 8 }), jobFor(Job, 'step 2', { priority: 1 })]);
    await producer.addBatch({
      jobs: [jobFor(Job, 'member 9', { priority: 9 }), jobFor(Job, 'member 0', { priority: 0 })],
      last: jobFor(Job, 'last', { priority: 2 }),
    });
    await add('plain');

    await kit.drain();

    expect(ran.slice(0, 2)).to.deep.equal(['member 0', 'plain']);
    expect(ran.indexOf('step 2')).to.be.below(ran.indexOf('member 9'));
    const { jobs } = await inspector.jobs('jobs', { state: 'succeeded' });
    expect(jobs.find(({ data }) => data === 'last')?.options.priority).to.equal(2);
  });
});
