import { expect } from 'chai';
import { Queue } from '../lib/engine/bee/queue.ts';
import { ApiaryError } from '../lib/errors.ts';
import * as library from '../lib/index.ts';
import { untilFinished } from '../lib/testing/index.ts';
import { redisUrl } from './support/redis.ts';
import { refusal } from './support/refusal.ts';

type Call = (...given: never[]) => unknown;

/** What a program without types may give. */
const GIVEN: readonly (readonly unknown[])[] = [
  [],
  [null, null, null],
  [{}],
  [{}, {}],
  ['mail'],
  ['mail', null],
  ['mail', {}],
  [1, 2, 3],
];

/** What bee-queue's own methods say, to the letter. */
const STOCK = /^(Progress cannot be empty|invalid delay timestamp)$/;

/** These end what the others need, are for the inside, or hand over something that is looked at elsewhere. */
const LEFT = new Set(['constructor', 'close', 'destroy', 'process', 'openLane', 'announceProgress']);

function methodsOf(object: object): [name: string, call: Call][] {
  const made: object = Object.getPrototypeOf(object);
  return Object.getOwnPropertyNames(made).flatMap((name): [string, Call][] => {
    if (LEFT.has(name) || typeof Object.getOwnPropertyDescriptor(made, name)?.value !== 'function') return [];
    return [[name, (...given) => Reflect.apply(Reflect.get(object, name) as Call, object, given)]];
  });
}

/** The errors that are neither ours nor bee-queue's. */
async function rawErrors(calls: readonly (readonly [name: string, call: Call])[]): Promise<string[]> {
  const raw: string[] = [];
  for (const [name, call] of calls) {
    for (const given of GIVEN) {
      try {
        await Reflect.apply(call, undefined, given);
      } catch (error) {
        if (error instanceof ApiaryError || STOCK.test((error as Error).message)) continue;
        raw.push(`${name}(${JSON.stringify(given).slice(1, -1)}): ${String(error)}`);
      }
    }
  }
  return raw;
}

describe('a call without what it takes', () => {
  it('is refused by each function that is exported', async () => {
    const functions = Object.entries({ ...library, untilFinished }).filter(
      ([, value]) => typeof value === 'function' && !/^class\b/.test(value.toString()),
    );

    expect(functions.map(([name]) => name)).to.include.members([
      'createWorker',
      'defineJob',
      'untilFinished',
    ]);
    expect(await rawErrors(functions as unknown as [string, Call][])).to.deep.equal([]);
  });

  it('is refused by each class', async () => {
    const { Producer, Inspector, Worker } = library as unknown as Record<
      string,
      new (
        ...given: unknown[]
      ) => object
    >;
    const made = Object.entries({ Producer, Inspector, Worker }).map(([name, made]): [string, Call] => [
      `new ${name}`,
      (...given) => made && new made(...given),
    ]);

    expect(made.map(([, make]) => refusal(() => make()).message)).to.deep.equal(
      ['Producer', 'Inspector', 'Worker'].map(
        (name) =>
          `new ${name} takes an object whose client is one of ioredis, not undefined; create${name} opens one`,
      ),
    );
    expect(await rawErrors(made)).to.deep.equal([]);
  });

  it('is refused by each call of a producer', async () => {
    const producer = library.createProducer({ redis: redisUrl(), prefix: 'missing' });
    try {
      expect(await rawErrors([...methodsOf(producer), ...methodsOf(producer.schedules)])).to.deep.equal([]);
    } finally {
      await producer.close();
    }
  });

  it('adds without options what is to be added without', async () => {
    const producer = library.createProducer({ redis: redisUrl(), prefix: 'missing' });
    try {
      expect(await producer.addRaw({ type: 'mail.send', queue: 'mail', data: 1 })).to.include({
        created: true,
      });
    } finally {
      await producer.close();
    }
  });

  it('is refused by each call of an inspector', async () => {
    const inspector = library.createInspector({ redis: redisUrl(), prefix: 'missing' });
    const { schedules, limits, groups, batches, audit, failures } = inspector;
    const parts = [inspector, schedules, limits, groups, batches, audit, failures];
    try {
      expect(await rawErrors(parts.flatMap(methodsOf))).to.deep.equal([]);
    } finally {
      await inspector.close();
    }
  });

  it('is refused by each call of an inspector when half a surrogate pair is in the id', async () => {
    const inspector = library.createInspector({ redis: redisUrl(), prefix: 'missing' });
    const half = 'order \ud800';
    const calls = {
      ...{ job: inspector.job('mail', half), why: inspector.why('mail', half), find: inspector.find(half) },
      ...{ retry: inspector.retry('mail', half), promote: inspector.promote('mail', half) },
      ...{ remove: inspector.remove('mail', half), removeIdle: inspector.removeIdle('mail', half) },
      ...{ archive: inspector.archive('mail', half, 'a'), cancel: inspector.cancel('mail', half, 'a') },
      ...{ updateData: inspector.updateData('mail', half, 1), rerun: inspector.rerun('mail', half, 'a') },
      ...{ log: inspector.log('mail', half, { by: 'a', message: 'b' }) },
      ...{
        reschedule: inspector.reschedule('mail', half, { runAt: 1 }),
        batch: inspector.batches.get('mail', half),
      },
    };
    const told = await Promise.all(
      Object.entries(calls).map(async ([name, call]) => [
        name,
        await call.catch(({ problems }) => problems[0]?.path),
      ]),
    );

    expect(told).to.deep.equal(Object.keys(calls).map((name) => [name, 'id']));
    await inspector.close();
  });

  it('is refused by each call of a queue', async () => {
    const queue = new Queue('mail', { redis: redisUrl(), prefix: 'missing' });
    const job = queue.createJob(1);
    try {
      expect(await rawErrors([...methodsOf(queue), ...methodsOf(job)])).to.deep.equal([]);
    } finally {
      await queue.close();
    }
  });
});
